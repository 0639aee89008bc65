/** Schedules of metrics and what came out, in Postgres. */
import * as v from 'valibot';
import { RequestError } from '../../errors.js';
import type { Run } from '../../metadata/metadata.js';
import { loadStatement } from '../../metadata/statement.js';
import { parseRequest } from '../../query/request.js';
import { checkSchedule, findNext, listNext, type Schedule } from './cron.js';

const COUNT = loadStatement('schedule-count');
const DELETE = loadStatement('schedule-delete');
const GET = loadStatement('schedule-get');
const SET = loadStatement('schedule-set');
const RESULTS = loadStatement('result-list');

/** Schedules of one project: with patterns of a minute, so many questions a minute. */
const SCHEDULES_MAX = 100;
const PATTERN_LENGTH_MAX = 200;
/** Coming times that are shown. */
const UPCOMING = 3;

const scheduleSchema = v.strictObject({
  cron: v.pipe(
    v.string('cron is a pattern of five fields, such as "30 6 * * 1-5".'),
    v.maxLength(PATTERN_LENGTH_MAX, `cron has at most ${PATTERN_LENGTH_MAX} characters.`),
  ),
  timezone: v.optional(
    v.pipe(v.string('timezone is a name such as "Europe/Berlin".'), v.maxLength(100)),
    'UTC',
  ),
});

export interface ShownSchedule extends Schedule {
  readonly next_at: string;
  readonly upcoming: readonly string[];
}

function showSchedule(schedule: Schedule, nextAt: Date): ShownSchedule {
  const upcoming = listNext(schedule, new Date(), UPCOMING).map((time) => time.toISOString());
  return { ...schedule, next_at: nextAt.toISOString(), upcoming };
}

/** Gives a metric a schedule: `{cron, timezone?}`. @throws RequestError 422, MetadataError */
export async function setSchedule(
  run: Run,
  { project, keyId }: { project: string; keyId: string },
  metric: string,
  input: unknown,
): Promise<ShownSchedule> {
  const schedule = parseRequest(scheduleSchema, input);
  checkSchedule(schedule);
  const [row] = await run.query<{ schedules: number }>(COUNT, [project, metric]);
  if (row!.schedules >= SCHEDULES_MAX)
    throw new RequestError(422, 'too_many_schedules', `A project has at most ${SCHEDULES_MAX} schedules.`);
  const nextAt = findNext(schedule, new Date())!;
  await run.query(SET, [metric, project, schedule.cron, schedule.timezone, nextAt, keyId]);
  return showSchedule(schedule, nextAt);
}

const refuseNone = (): RequestError =>
  new RequestError(404, 'schedule_not_found', 'The metric has no schedule; PUT gives it one.');

/** @throws RequestError 404, MetadataError */
export async function getSchedule(run: Run, metric: string): Promise<ShownSchedule> {
  const [row] = await run.query<Schedule & { nextAt: Date }>(GET, [metric]);
  if (!row) throw refuseNone();
  return showSchedule({ cron: row.cron, timezone: row.timezone }, row.nextAt);
}

/** @throws RequestError 404, MetadataError */
export async function deleteSchedule(run: Run, metric: string): Promise<void> {
  if ((await run.query(DELETE, [metric])).length === 0) throw refuseNone();
}

interface ResultRow {
  readonly scheduledFor: Date;
  readonly state: 'running' | 'done' | 'failed';
  readonly version: number;
  readonly attempts: number;
  readonly finishedAt: Date | null;
  readonly answer: object | null;
  readonly reason: string;
}

const showResult = ({ scheduledFor, state, version, attempts, finishedAt, answer, reason }: ResultRow) => ({
  id: scheduledFor.toISOString(),
  scheduled_for: scheduledFor.toISOString(),
  state,
  version,
  attempts,
  finished_at: finishedAt?.toISOString() ?? null,
  ...(reason === '' ? {} : { reason }),
  ...answer,
});

export type ShownResult = ReturnType<typeof showResult>;

/** Results that were due in [fromMs, toMs), after the one with the id `after`, oldest first. @throws MetadataError */
export async function listResults(
  run: Run,
  metric: string,
  range: { fromMs: number; toMs: number },
  { limit, after }: { limit: number; after: string },
): Promise<readonly ShownResult[]> {
  const last = new Date(after === '' ? 0 : after);
  if (Number.isNaN(last.getTime()))
    throw new RequestError(422, 'invalid_cursor', 'A cursor is what next_cursor said, unchanged.');
  const rows = await run.query<ResultRow>(RESULTS, [
    metric,
    new Date(range.fromMs),
    new Date(range.toMs),
    limit,
    last,
  ]);
  return rows.map(showResult);
}
