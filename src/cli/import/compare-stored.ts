/** Weir's side of a comparison: what POST /v1/query says is stored. */
import * as v from 'valibot';
import { loadSql } from '../../clickhouse/sql-file.js';
import { sendOrFail, type Target } from '../client.js';
import { CommandError } from '../command-error.js';
import type { SourceCounts, SourceEvent } from './compare-source.js';

const DAY_MS = 86_400_000;
/** Groups asked for at once; an answer has at most 10,000 rows. */
const GROUPS_AT_ONCE = 4_000;
/** Rows asked for at once. */
const ROWS_AT_ONCE = 5_000;

const Answer = v.object({ rows: v.array(v.array(v.unknown())) });
const GroupRow = v.tuple([v.string(), v.string(), v.number(), v.string(), v.array(v.nullable(v.number()))]);
const EventRow = v.tuple([v.string(), v.string(), v.string(), v.number(), v.array(v.nullable(v.number()))]);

export interface StoredGroup {
  event: string;
  day: string;
  count: number;
  digest: string;
  sums: number[];
}

/** Paths of properties as an array of numbers in SQL; what is no number counts 0. */
function printSums(paths: readonly string[]): string {
  const printPath = (path: string): string =>
    path
      .split('.')
      .map((key) => `\`${key.replace(/[\\`]/g, '\\$&')}\``)
      .join('.');
  const numbers = paths.map((path) => `ifNull(toFloat64OrNull(toString(properties.${printPath(path)})), 0)`);
  return `[${['0', ...numbers].join(', ')}]`;
}

async function ask<Row>(
  target: Target,
  file: string,
  sums: readonly string[],
  params: object,
  schema: v.GenericSchema<unknown, Row>,
): Promise<Row[]> {
  const sql = loadSql(`clickhouse/${file}`).replaceAll('{{sums}}', () => printSums(sums));
  const body = { bytes: JSON.stringify({ sql, params }), type: 'application/json' };
  const answer = v.safeParse(Answer, await sendOrFail(target, 'POST', '/v1/query', body));
  const rows = answer.success ? v.safeParse(v.array(schema), answer.output.rows) : undefined;
  if (!rows?.success) throw new CommandError(`${target.url} does not answer like Weir.`);
  return rows.output;
}

/** Days of the source in slices of at most GROUPS_AT_ONCE groups. */
function sliceDays({ groups, fromMs, toMs }: SourceCounts): { from: number; to: number }[] {
  const perDay = new Map<string, number>();
  for (const { day } of groups) perDay.set(day, (perDay.get(day) ?? 0) + 1);
  const slices: { from: number; to: number }[] = [];
  let taken = 0;
  for (const [day, count] of [...perDay].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const start = Date.parse(`${day}T00:00:00Z`);
    const slice = slices.at(-1);
    if (slice !== undefined && taken + count <= GROUPS_AT_ONCE) slice.to = start + DAY_MS;
    else {
      slices.push({ from: start, to: start + DAY_MS });
      taken = 0;
    }
    taken += count;
  }
  // Whole days: what lies beside the source's events on its days is there too.
  return slices.length > 0 ? slices : [{ from: fromMs, to: toMs }];
}

const eventNames = ({ groups }: SourceCounts): string[] => [...new Set(groups.map(({ event }) => event))];

/** What is stored of the source's event types on the source's days. */
export async function countStored(
  target: Target,
  source: SourceCounts,
  sums: readonly string[],
): Promise<StoredGroup[]> {
  const events = eventNames(source);
  const stored: StoredGroup[] = [];
  for (const { from, to } of sliceDays(source)) {
    const params = { from_ms: from, to_ms: to, events };
    for (const [event, day, count, digest, [, ...numbers]] of await ask(
      target,
      'import-groups.sql',
      sums,
      params,
      GroupRow,
    ))
      stored.push({ event, day, count, digest, sums: numbers.map((number) => number ?? 0) });
  }
  return stored;
}

/** How many people the stored events of these types are from, between the source's first and last event. */
export async function countUsers(target: Target, source: SourceCounts): Promise<number | undefined> {
  const params = { from_ms: source.fromMs, to_ms: source.toMs, events: eventNames(source) };
  const [row] = await ask(target, 'import-users.sql', [], params, v.tuple([v.number()]));
  return row?.[0];
}

/** The stored events of one type and day. */
export async function* readStored(
  target: Target,
  { event, day }: { event: string; day: string },
  sums: readonly string[],
): AsyncGenerator<SourceEvent> {
  let after = '';
  for (;;) {
    const params = { event, day, after, limit: ROWS_AT_ONCE };
    const rows = await ask(target, 'import-rows.sql', sums, params, EventRow);
    for (const [id, userId, anonymousId, timestampMs, [, ...numbers]] of rows)
      yield { id, event, day, userId, anonymousId, timestampMs, numbers: numbers.map((one) => one ?? 0) };
    if (rows.length < ROWS_AT_ONCE) return;
    after = rows.at(-1)?.[0] ?? '';
  }
}
