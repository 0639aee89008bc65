import { expect, it } from 'vitest';
import { movePath, moveRange } from '../../../src/dashboard/moving-range.js';

const NOON = Date.parse('2026-03-29T12:00:00Z');

it('is the last days with today in it, in the time zone of the question', () => {
  expect(moveRange({ grain: 'day' }, 7, NOON)).toEqual({
    grain: 'day',
    from: '2026-03-23',
    to: '2026-03-30',
  });
  expect(moveRange({ timezone: 'Pacific/Auckland' }, 1, NOON)).toMatchObject({
    from: '2026-03-30',
    to: '2026-03-31',
  });
});

it('counts dates, not hours: the day on which clocks change is one day', () => {
  const evening = Date.parse('2026-10-25T23:30:00Z');
  expect(moveRange({ timezone: 'America/New_York' }, 2, evening)).toMatchObject({
    from: '2026-10-24',
    to: '2026-10-26',
  });
});

it('leaves a time zone that does not exist to the route', () => {
  expect(moveRange({ timezone: 'Mars/Olympus' }, 1, NOON)).toEqual({
    timezone: 'Mars/Olympus',
    from: '2026-03-29',
    to: '2026-03-30',
  });
});

it('moves the range of a question that is asked by its path, and leaves paths without one', () => {
  const path =
    '/v1/analytics/cohorts/co_1/patterns?from=2026-01-01&to=2026-02-01&timezone=Europe%2FBerlin&limit=5';
  const nowMs = Date.parse('2026-03-09T23:30:00Z');
  expect(movePath(path, 7, nowMs)).toBe(
    '/v1/analytics/cohorts/co_1/patterns?from=2026-03-04&to=2026-03-11&timezone=Europe%2FBerlin&limit=5',
  );
  expect(movePath('/v1/analytics/predictions/models/pm_1', 7, nowMs)).toBe(
    '/v1/analytics/predictions/models/pm_1',
  );
});
