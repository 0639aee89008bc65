/**
 * One refresh of the stored members of a cohort: the change since the last one where that is told by numbers (numbers.ts), else the
 * whole. Members are versions: a whole one, then changes to it, each published by one row that says what it was of.
 *
 * A change looks at candidates: of whom something was counted since, who was joined, whose properties changed. Everybody else has the
 * membership she had. What may have changed and leaves no trace on people makes a refresh whole: other criteria or lists, events
 * erased or altered. So does what is cheaper whole: many candidates, a long chain.
 *
 * What a refresh leaves when it dies are versions that were never published; the next whole one removes them.
 */
import { createHash } from 'node:crypto';
import { loadSql } from '../../clickhouse/sql-file.js';
import type { QueryContext } from '../context.js';
import { createParams, fillSql, type Params, print } from '../printed.js';
import { printCandidateKeys, printCountedMembers, printVersions } from './counted.js';
import { listFixed, type Membership } from './formula.js';
import { liftPersonTests } from './lift.js';
import {
  type ChainLink,
  listChain,
  listSizes,
  type MemberVersion,
  publishChange,
  publishMembers,
  type SizeAt,
  UNMARKED,
  type VersionMarks,
} from './members.js';
import { findUncounted, type Instant, printNumbers, printPlace } from './numbers.js';
import { printStore } from './print.js';

/** Why members were calculated whole, and what it means. */
export const WHOLE_REASONS = {
  first: 'Nothing was stored that a change could be to.',
  person:
    'The criteria tell events apart by what was known of their person then, or by more than four things of the person.',
  unsettled: 'Redis did not say up to when events are stored.',
  changed: 'The criteria, a cohort or list they name, or their calculation changed.',
  altered: 'Stored events were erased or altered.',
  renewed: 'A day has passed since the last time, or there were as many changes as people.',
  many: 'More than half of the people might have changed.',
  joined: 'Ids of people that were being looked at were joined.',
} as const;
export type WholeReason = keyof typeof WHOLE_REASONS;

/** Changes in a row: each is a version that is read. */
const CHAIN_MAX = 500;
/** Part of the people from which on calculating all is as quick. */
const CANDIDATES_SHARE_MAX = 0.5;
/** So many are never too many. */
const CANDIDATES_FEW = 100;
/** An instant that all criteria are printed as of, to tell whether they mean the same. */
const SOME_INSTANT_MS = Date.UTC(2200, 0, 1);

export interface RefreshOptions {
  /** Its client ends what takes too long (src/clickhouse/bounded.ts). */
  readonly context: QueryContext;
  readonly cohort: string;
  /** Who belongs as of an instant, by the same definitions each time. */
  readonly membershipAt: (asOfMs: number) => Promise<Membership>;
  readonly asOfMs: number;
  /** Everything received before it is stored, and nothing will be received before it; undefined when nobody knows. */
  readonly receivedMs: number | undefined;
  /** The number of the next version, greater than all before. */
  readonly nextVersion: () => Promise<string>;
  /** After how long members are calculated whole in any case, which puts right whatever nobody foresaw. */
  readonly renewMs: number;
}

interface Standing {
  readonly joined: string;
  readonly altered: string;
  readonly versions: readonly string[];
}

interface Refresh extends RefreshOptions {
  readonly now: Membership;
}

interface Statement {
  readonly sql: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const run = ({ context }: Refresh, { sql, params }: Statement): Promise<void> =>
  context.clickhouse.command(sql, {
    params: { ...params },
    settings: { max_memory_usage: context.limits.maxMemoryBytes },
  });

async function readStanding({ context, now }: Refresh): Promise<Standing> {
  const params = { project: context.project, lists: listFixed(now.formula) };
  const { rows } = await context.clickhouse.query<Standing>(loadSql('clickhouse/cohort-standing.sql'), {
    params,
  });
  return rows[0]!;
}

/** A digest of what is calculated: the statements, without their instants, and the lists they read. */
async function digestMeaning({ context, membershipAt }: Refresh, { versions }: Standing): Promise<string> {
  const membership = await membershipAt(SOME_INSTANT_MS);
  const instants = { now: { membership, receivedMs: SOME_INSTANT_MS } };
  const place = { project: context.project, cohort: '', version: '0' };
  const params = createParams();
  const members = printCountedMembers(
    membership,
    { ...context, merged: true },
    { cohort: '', versions: [] },
    params,
  );
  const text = JSON.stringify([printNumbers(instants, place), members, params.values, versions]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Why a change to the chain is not to be had, undefined when it is. */
function findReason(
  { asOfMs, receivedMs, renewMs }: RefreshOptions,
  chain: readonly ChainLink[],
  { altered }: Standing,
  meaning: string,
): WholeReason | undefined {
  const [basis, last] = [chain[0], chain.at(-1)];
  const isWhole = chain.every((link, i) => i === 0 || link.previous === chain[i - 1]!.version);
  if (!basis || !last || last.received_ms === 0 || basis.version !== basis.basis || !isWhole) return 'first';
  if (last.meaning !== meaning) return 'changed';
  if (last.altered !== altered) return 'altered';
  if (last.at > asOfMs || last.received_ms > receivedMs!) return 'first';
  const changes = chain.slice(1).reduce((sum, { candidates }) => sum + candidates, 0);
  const isLong = chain.length >= CHAIN_MAX || asOfMs - basis.at >= renewMs;
  return isLong || changes > Math.max(basis.people, CANDIDATES_FEW) ? 'renewed' : undefined;
}

async function countWritten({ context, cohort }: Refresh, version: string) {
  const params = { project: context.project, cohort, version };
  const { rows } = await context.clickhouse.query<{ numbers: number; people: number }>(
    loadSql('clickhouse/cohort-written.sql'),
    { params },
  );
  return { numbers: Number(rows[0]!.numbers), people: Number(rows[0]!.people) };
}

const placeOf = ({ context, cohort }: Refresh, version: string): MemberVersion => ({
  project: context.project,
  cohort,
  version,
});

/** Members by one scan of the events, when numbers do not tell them or may not be kept. */
async function storePlainly(refresh: Refresh, why: WholeReason): Promise<void> {
  const { context, cohort, now, asOfMs } = refresh;
  const members = placeOf(refresh, await refresh.nextVersion());
  const params = createParams();
  const sql = printStore(now, context, { cohort, version: members.version }, params);
  await run(refresh, { sql, params: params.values });
  await publishMembers(context.clickhouse, members, asOfMs, { ...UNMARKED, way: 'whole', why });
}

/** Counts everything anew; what comes after can be a change to it. */
async function storeWhole(refresh: Refresh, receivedMs: number, marks: VersionMarks): Promise<void> {
  const { context, cohort, now, asOfMs } = refresh;
  const members = placeOf(refresh, await refresh.nextVersion());
  for (const statement of printNumbers({ now: { membership: now, receivedMs } }, members))
    await run(refresh, statement);
  const params = createParams();
  const from = { cohort, versions: [members.version] };
  const sql = fillSql('clickhouse/cohort-store.sql', {
    ...printPlace(members, params),
    members: printCountedMembers(now, context, from, params),
  });
  await run(refresh, { sql, params: params.values });
  const { numbers } = await countWritten(refresh, members.version);
  await publishMembers(context.clickhouse, members, asOfMs, {
    ...marks,
    people: numbers,
    candidates: numbers,
  });
}

/** Writes whose membership is to be judged; how many. */
async function storeCandidates(refresh: Refresh, last: ChainLink, counted: MemberVersion, version: string) {
  const { context, now } = refresh;
  const place = placeOf(refresh, version);
  const params = createParams();
  const since = { counted, receivedMs: last.received_ms, joined: last.joined };
  const sql = fillSql('clickhouse/cohort-candidates.sql', {
    ...printPlace(place, params),
    keys: printCandidateKeys(now, context, since, params),
  });
  await run(refresh, { sql, params: params.values });
  const { people } = await countWritten(refresh, version);
  if (context.merged)
    await run(refresh, { sql: loadSql('clickhouse/cohort-candidate-ids.sql'), params: { ...place } });
  return people;
}

function printChange(
  refresh: Refresh,
  chain: readonly ChainLink[],
  place: MemberVersion,
  candidates: string,
): Statement {
  const { context, cohort, now } = refresh;
  const params: Params = createParams();
  const before = chain.map((link) => link.version);
  const from = { cohort, versions: [...before, place.version], candidates };
  const sql = fillSql('clickhouse/cohort-change.sql', {
    ...printPlace(place, params),
    versions: printVersions(before, params),
    candidates: print`${params.bind('UInt64', candidates)}`,
    members: printCountedMembers(now, context, from, params),
  });
  return { sql, params: params.values };
}

/** Whether ids of candidates were joined since they were found, so that what was read of them may be a part. */
async function wereJoined(
  { context, cohort }: Refresh,
  candidates: string,
  joined: string,
): Promise<boolean> {
  const params = { project: context.project, cohort, version: candidates, joined };
  const { rows } = await context.clickhouse.query<{ ids: number }>(
    loadSql('clickhouse/cohort-candidates-joined.sql'),
    { params },
  );
  return Number(rows[0]!.ids) > 0;
}

/** Stores what changed since the last link of the chain, or says why it did not. */
async function storeChange(
  refresh: Refresh,
  chain: readonly ChainLink[],
  instant: Instant,
  marks: VersionMarks,
): Promise<WholeReason | undefined> {
  const { context, membershipAt, asOfMs } = refresh;
  const [basis, last] = [chain[0]!, chain.at(-1)!];
  const before = { membership: await membershipAt(last.at), receivedMs: last.received_ms };
  const candidates = await refresh.nextVersion();
  const place = placeOf(refresh, await refresh.nextVersion());
  for (const statement of printNumbers({ now: instant, last: before }, place)) await run(refresh, statement);
  const { joined } = await readStanding(refresh);
  const people = await storeCandidates(refresh, last, place, candidates);
  if (people > Math.max(basis.people * CANDIDATES_SHARE_MAX, CANDIDATES_FEW)) return 'many';
  if (people > 0) await run(refresh, printChange(refresh, chain, place, candidates));
  if (await wereJoined(refresh, candidates, joined)) return 'joined';
  const changed = { ...marks, way: 'changes', why: '', candidates: people, people: basis.people } as const;
  await publishChange(context.clickhouse, place, last, asOfMs, changed);
  return undefined;
}

async function store(refresh: Refresh): Promise<void> {
  const { context, cohort, now, receivedMs } = refresh;
  const uncounted = receivedMs === undefined ? 'unsettled' : findUncounted(now);
  if (uncounted || receivedMs === undefined) return storePlainly(refresh, uncounted ?? 'unsettled');
  const standing = await readStanding(refresh);
  const { joined, altered } = standing;
  const meaning = await digestMeaning(refresh, standing);
  const chain = await listChain(context.clickhouse, context.project, cohort, CHAIN_MAX);
  const marks = { ...UNMARKED, received_ms: receivedMs, joined, altered, meaning };
  // The first ids may have been joined since the context was opened.
  const opened = { ...refresh, context: { ...context, merged: joined !== '0' } };
  const instant = { membership: now, receivedMs };
  const why =
    findReason(refresh, chain, standing, meaning) ?? (await storeChange(opened, chain, instant, marks));
  if (why) await storeWhole(opened, receivedMs, { ...marks, way: 'whole', why });
}

/**
 * Brings stored members to `asOfMs` and says what the newest version is. Processes that refresh one cohort at once do no harm: one of
 * their versions counts.
 * @throws RequestError 422 over a limit, EngineError
 */
export async function refreshMembers(options: RefreshOptions): Promise<SizeAt> {
  const { context, cohort, asOfMs } = options;
  const membershipAt = async (instantMs: number): Promise<Membership> => {
    const membership = await options.membershipAt(instantMs);
    return { ...membership, formula: liftPersonTests(membership.formula) };
  };
  await store({ ...options, membershipAt, now: await membershipAt(asOfMs) });
  const [newest] = await listSizes(context.clickhouse, context.project, cohort, 1);
  return newest!;
}
