/**
 * Finds the cohorts that a question names, before it is read: `{"in_cohort": id}` anywhere in it, also with an `as_of` beside, and
 * `{"cohort": id}` in a breakdown or among dimensions. Each id is replaced by what it means as of that instant, by default now. A cohort by criteria is
 * asked by its criteria, not by stored members: the answer is never older than the question.
 */
import type { Run } from '../metadata/metadata.js';
import type { Membership } from '../query/cohort/formula.js';
import { printMembers } from '../query/cohort/print.js';
import { type CohortReference, createCohortReference } from '../query/condition/cohort.js';
import type { EventScope } from '../query/people.js';
import { formatPath, refuseField } from '../query/request.js';
import { parseInstant } from '../query/time/instant.js';
import { findZone } from '../query/time/zone.js';
import { type CohortRecord, findCohort, resolveCohort } from './cohorts.js';

/** Cohorts of one question: each is a scan of its own. */
const COHORTS_MAX = 10;

/** Fields whose entries are what an answer is broken down by. */
const BROKEN_DOWN_BY = ['breakdown', 'dimensions'];

type Path = readonly (string | number)[];

interface Finder {
  readonly run: Run;
  readonly scope: EventScope;
  readonly nowMs: number;
  readonly found: Map<string, CohortReference>;
}

const isObject = (input: unknown): input is Record<string, unknown> =>
  typeof input === 'object' && input !== null;

/** The question with its cohorts found. @throws RequestError 422 for one that is unknown, MetadataError */
export const findCohorts = (run: Run, scope: EventScope, input: unknown): Promise<unknown> =>
  walk(input, [], { run, scope, nowMs: Date.now(), found: new Map() });

async function walk(input: unknown, path: Path, finder: Finder): Promise<unknown> {
  if (Array.isArray(input)) {
    const items: unknown[] = [];
    for (const [index, item] of input.entries()) items.push(await walk(item, [...path, index], finder));
    return items;
  }
  if (!isObject(input)) return input;
  if (typeof input.in_cohort === 'string') {
    const { in_cohort, as_of, ...rest } = input;
    return { ...rest, in_cohort: await find(input.in_cohort, as_of, [...path, 'in_cohort'], finder) };
  }
  if (typeof input.cohort === 'string' && BROKEN_DOWN_BY.includes(path.at(-2) as string)) {
    const { cohort, as_of, ...rest } = input;
    return { ...rest, cohort: await find(input.cohort, as_of, [...path, 'cohort'], finder) };
  }
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(input))
    entries.push([key, await walk(value, [...path, key], finder)]);
  return Object.fromEntries(entries);
}

/** A saved cohort as a question refers to it. */
export const referTo = (
  { id, name }: CohortRecord,
  membership: Membership,
  scope: EventScope,
): CohortReference =>
  createCohortReference({
    id,
    name,
    asOfMs: membership.asOfMs,
    printMembers: (params) => printMembers(membership, scope, params),
  });

async function find(id: string, asOf: unknown, path: Path, finder: Finder): Promise<CohortReference> {
  const { run, scope, nowMs, found } = finder;
  const place = formatPath(path);
  const asOfMs = asOf === undefined ? nowMs : parseInstant(String(asOf), findZone('UTC')!);
  if (asOfMs === undefined) throw refuseField(place, 'as_of is a date or an ISO time.');
  const key = `${id} ${asOfMs}`;
  const known = found.get(key);
  if (known) return known;
  if (found.size >= COHORTS_MAX) throw refuseField(place, `A question names at most ${COHORTS_MAX} cohorts.`);
  const record = await findCohort(run, scope.project, id);
  if (!record)
    throw refuseField(
      place,
      'This project has no such cohort; GET /v1/analytics/cohorts lists those it has.',
    );
  const reference = referTo(record, await resolveCohort(run, scope.project, record, asOfMs), scope);
  found.set(key, reference);
  return reference;
}
