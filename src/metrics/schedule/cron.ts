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

/** @throws RequestError 422 when the pattern, the zone or what they come to makes no sense */
export function checkSchedule(schedule: Schedule): void {
  if (!findZone(schedule.timezone))
    throw refuseField('timezone', 'There is no such time zone; names are such as "Europe/Berlin".');
  let next: Date | undefined;
  try {
    next = findNext(schedule, new Date());
  } catch {
    throw refuseField(
      'cron',
      'cron has five fields: minute, hour, day of month, month, day of week, such as "30 6 * * 1-5".',
    );
  }
  if (!next) throw refuseField('cron', 'This pattern never comes.');
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
