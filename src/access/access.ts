import { RequestError } from '../errors.js';
import type { Scope } from './key.js';

/** Who a request comes from: what its key opens. */
export interface Access {
  readonly project: string;
  readonly keyId: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly limits: KeyLimits;
  readonly settings: ProjectSettings;
}

/** What the questions of one key may cost, where that is less than its project allows. Absent: as the project. */
export interface KeyLimits {
  /** Rows that one question may read. */
  readonly max_rows_to_read?: number;
}

/** What a project decides for itself. Absent: the default. */
export interface ProjectSettings {
  /** Days events are kept. Absent: for ever. */
  retention_days?: number;
  /** Whether events of unregistered types are refused. */
  strict?: boolean;
  /** Properties that hold personal data. */
  pii_properties?: string[];
  /** Requests a second one key may make on ingest, and on everything else; rows that one question may read. */
  quotas?: { ingest_per_second?: number; queries_per_second?: number; max_rows_to_read?: number };
}

/** The project whose admin keys administer the instance: they make projects and keys of any project. */
export const FIRST_PROJECT = 'default';

const PURPOSE: Readonly<Record<Scope, string>> = {
  write: 'send events',
  read: 'ask questions',
  define: 'define event types, metrics, funnels, cohorts and alerts',
  admin: 'administer keys and projects',
};

/** Throws 403 `missing_scope` unless the key has the scope. */
export function requireScope(access: Access, scope: Scope): void {
  if (access.scopes.has(scope)) return;
  const { scopes } = access;
  const has = `${scopes.size === 1 ? 'the scope' : 'the scopes'} ${[...scopes].join(', ')}`;
  throw new RequestError(
    403,
    'missing_scope',
    `This key may not ${PURPOSE[scope]}: it has ${has}, and this needs ${scope}.`,
  );
}
