/**
 * Cron patterns of five fields in a time zone. On the day the clock goes forward a time that does not exist runs at the end of
 * the gap; on the day it goes back a time that comes twice runs once, a pattern of every hour each hour.
 */
import { Cron } from 'croner';
import { refuseField } from '../../query/request.js';
import { findZone } from '../../query/time/zone.js';

export interface Schedule {
  readonly cron: string;
  readonly timezone: string;
}

const createCron = ({ cron, timezone }: Schedule): Cron =>
  new Cron(cron, { timezone, mode: '5-part', paused: true });

const FIELDS = [
  'the minute is from 0 to 59',
  'the hour is from 0 to 23',
  'the day of the month is from 1 to 31',
  'the month is from 1 to 12',
  'the day of the week is from 0 to 7, where 0 and 7 are Sunday',
] as const;

function isReadable(cron: string): boolean {
  try {
    createCron({ cron, timezone: 'UTC' });
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with a pattern: how many fields it has, or the first field that cannot be read where it stands. */
function describeFault(cron: string): string {
  const fields = cron.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== FIELDS.length)
    return `cron has five fields, not ${fields.length}: minute, hour, day of month, month, day of week, such as "30 6 * * 1-5".`;
  const wrong = fields.findIndex(
    (field, place) => !isReadable(FIELDS.map((_, other) => (other === place ? field : '*')).join(' ')),
  );
  return wrong < 0
    ? 'cron cannot be read; a pattern is such as "30 6 * * 1-5".'
    : `cron has ${JSON.stringify(fields[wrong])} in field ${wrong + 1}, which cannot be read: ${FIELDS[wrong]}; several are such as "1-5", "1,3" or "*/2", every one is "*".`;
}

/** @throws RequestError 422 when the pattern, the zone or what they come to makes no sense */
export function checkSchedule(schedule: Schedule): void {
  if (!findZone(schedule.timezone))
    throw refuseField('timezone', 'There is no such time zone; names are such as "Europe/Berlin".');
  let next: Date | undefined;
  try {
    next = findNext(schedule, new Date());
  } catch {
    throw refuseField('cron', describeFault(schedule.cron));
  }
  if (!next) throw refuseField('cron', 'This pattern never comes: its months have no such day.');
}

/** The first time after an instant, undefined when there is none. */
export const findNext = (schedule: Schedule, after: Date): Date | undefined =>
  createCron(schedule).nextRun(after) ?? undefined;

/** The last time up to an instant, included. */
export const findLast = (schedule: Schedule, upTo: Date): Date | undefined =>
  createCron(schedule).previousRuns(1, new Date(upTo.getTime() + 1))[0];

/** The next times, to show. */
export const listNext = (schedule: Schedule, after: Date, count: number): readonly Date[] =>
  createCron(schedule).nextRuns(count, after);
