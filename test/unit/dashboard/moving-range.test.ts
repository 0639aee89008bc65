import { expect, it } from 'vitest';
import { moveRange } from '../../../src/dashboard/moving-range.js';

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
