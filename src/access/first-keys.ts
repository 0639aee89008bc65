/**
 * The project `default` and its first three keys. A key given by the environment wins; else the one in `keys.json` of the data
 * folder; else one is generated and written there, before Postgres hears of it: a start that dies in between finds
 * the same key again.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.js';
import type { Metadata } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import { FIRST_PROJECT } from './access.js';
import { generateKey, SCOPES, type Scope } from './key.js';
import { addKey } from './keys.js';

const ADD_PROJECT = loadStatement('projects-add');

export const FIRST_KEY_NAMES = ['admin', 'read', 'write'] as const;
export type FirstKeyName = (typeof FIRST_KEY_NAMES)[number];

const FIRST_KEY_SCOPES: Readonly<Record<FirstKeyName, readonly Scope[]>> = {
  admin: SCOPES,
  read: ['read'],
  write: ['write'],
};

export interface FirstKeys {
  keys: Record<FirstKeyName, string>;
  /** Those generated just now: print them, they are shown once. */
  generated: FirstKeyName[];
  /** Sentences about keys that will not work, such as one that was revoked. */
  warnings: string[];
}

function readKept(path: string): Partial<Record<FirstKeyName, string>> {
  if (!existsSync(path)) return {};
  const kept: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof kept !== 'object' || kept === null) return {};
  const found: Partial<Record<FirstKeyName, string>> = {};
  for (const name of FIRST_KEY_NAMES) {
    const key = (kept as Record<string, unknown>)[name];
    if (typeof key === 'string' && key !== '') found[name] = key;
  }
  return found;
}

function writeKept(path: string, keys: Partial<Record<FirstKeyName, string>>): void {
  const draft = `${path}.new`;
  writeFileSync(draft, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/**
 * Makes sure the project `default` and its keys exist. `dataFolder` must exist. Throws MetadataError, or an Error when
 * keys.json cannot be read or written.
 */
export async function ensureFirstKeys(
  metadata: Metadata,
  config: Pick<Config, 'keys'>,
  dataFolder: string,
): Promise<FirstKeys> {
  const path = join(dataFolder, 'keys.json');
  const kept = readKept(path);
  const generated = FIRST_KEY_NAMES.filter((name) => !config.keys[name] && !kept[name]);
  for (const name of generated) kept[name] = generateKey(FIRST_KEY_SCOPES[name]);
  if (generated.length > 0) writeKept(path, kept);

  await metadata.query(ADD_PROJECT, [FIRST_PROJECT, 'Default', '{}']);
  const keys = { admin: '', read: '', write: '' };
  const warnings: string[] = [];
  for (const name of FIRST_KEY_NAMES) {
    keys[name] = config.keys[name] ?? kept[name]!;
    const { record } = await addKey(metadata, {
      project: FIRST_PROJECT,
      name: `first ${name} key`,
      scopes: FIRST_KEY_SCOPES[name],
      key: keys[name],
    });
    if (record.revokedAt !== null) {
      warnings.push(
        `The ${name} key ${record.prefix}… was revoked and does not work; set WEIR_${name.toUpperCase()}_KEY to a new one.`,
      );
    } else if (
      record.project !== FIRST_PROJECT ||
      FIRST_KEY_SCOPES[name].some((s) => !record.scopes.includes(s))
    ) {
      warnings.push(
        `The ${name} key ${record.prefix}… exists with other rights: project ${record.project}, ${record.scopes.join(', ')}.`,
      );
    }
  }
  return { keys, generated, warnings };
}
