import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findBucket, listBuckets, MAX_BUCKETS } from '../../../src/query/time/buckets.js';
import { createCalendar, type Grain } from '../../../src/query/time/calendar.js';
import { parseInstant } from '../../../src/query/time/instant.js';
import { shiftBack } from '../../../src/query/time/shift.js';
import { findZone, type Zone } from '../../../src/query/time/zone.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const zone = (name: string): Zone => findZone(name)!;
const iso = (ms: number): string => new Date(ms).toISOString();
const read = (text: string, name = 'UTC'): string | undefined => {
  const ms = parseInstant(text, zone(name));
  return ms === undefined ? undefined : iso(ms);
};

describe('times of a request', () => {
  test('a date is midnight in the zone', () => {
    expect(read('2024-03-01')).toBe('2024-03-01T00:00:00.000Z');
    expect(read('2024-03-01', 'Asia/Kolkata')).toBe('2024-02-29T18:30:00.000Z');
    expect(read('2024-07-01', 'America/New_York')).toBe('2024-07-01T04:00:00.000Z');
  });

  test('a time without an offset is of the zone, one with an offset is not', () => {
    expect(read('2024-03-01T09:30', 'Europe/Berlin')).toBe('2024-03-01T08:30:00.000Z');
    expect(read('2024-03-01T09:30:15.25Z', 'Europe/Berlin')).toBe('2024-03-01T09:30:15.250Z');
    expect(read('2024-03-01 09:30:15+05:30')).toBe('2024-03-01T04:00:15.000Z');
    expect(read('2024-03-01T09:30:15.123456789-0800')).toBe('2024-03-01T17:30:15.123Z');
  });

  test.each([
    '',
    'today',
    '2024-02-30',
    '2023-02-29',
    '2024-13-01',
    '2024-01-01T24:00',
    '2024-01-01T10:60',
    '1850-01-01',
    '9999-01-01',
    '2024-1-1',
  ])('%j is none', (text) => expect(read(text)).toBeUndefined());

  test('a time the clock skips is the jump, one it shows twice is the first', () => {
    expect(read('2024-03-31T02:30', 'Europe/Berlin')).toBe('2024-03-31T01:00:00.000Z');
    expect(read('2024-10-27T02:30', 'Europe/Berlin')).toBe('2024-10-27T00:30:00.000Z');
    expect(read('2018-11-04', 'America/Sao_Paulo')).toBe('2018-11-04T03:00:00.000Z');
  });

  test('there are zones, and names that are none', () => {
    expect(findZone('Mars/Olympus')).toBeUndefined();
    expect(findZone('')).toBeUndefined();
    expect(zone('Pacific/Chatham').offsetAt(Date.UTC(2024, 0, 1))).toBe(13.75 * HOUR);
  });
});

const bounds = (from: string, to: string, grain: Grain, name: string): string[] =>
  listBuckets(
    { fromMs: parseInstant(from, zone(name))!, toMs: parseInstant(to, zone(name))! },
    grain,
    zone(name),
  )!.bounds.map(iso);

describe('buckets', () => {
  test('a day has 23 hours when clocks go forward and 25 when they go back', () => {
    expect(bounds('2024-03-31', '2024-04-01', 'day', 'Europe/Berlin')).toEqual([
      '2024-03-30T23:00:00.000Z',
      '2024-03-31T22:00:00.000Z',
    ]);
    expect(bounds('2024-11-03', '2024-11-04', 'day', 'America/New_York')).toEqual([
      '2024-11-03T04:00:00.000Z',
      '2024-11-04T05:00:00.000Z',
    ]);
  });

  test('a day whose midnight does not exist begins with the jump', () => {
    expect(bounds('2018-11-03', '2018-11-05', 'day', 'America/Sao_Paulo')).toEqual([
      '2018-11-03T03:00:00.000Z',
      '2018-11-04T03:00:00.000Z',
      '2018-11-05T02:00:00.000Z',
    ]);
  });

  test('a date the zone skipped has no bucket', () => {
    expect(bounds('2011-12-29', '2012-01-01', 'day', 'Pacific/Apia')).toEqual([
      '2011-12-29T10:00:00.000Z',
      '2011-12-30T10:00:00.000Z',
      '2011-12-31T10:00:00.000Z',
    ]);
  });

  test('an hour that comes twice is two buckets, a skipped one is none', () => {
    expect(bounds('2024-10-27T01:00', '2024-10-27T04:00', 'hour', 'Europe/Berlin').length).toBe(5);
    expect(bounds('2024-03-31T01:00', '2024-03-31T04:00', 'hour', 'Europe/Berlin').length).toBe(3);
  });

  test('half an hour of change makes an hour longer or two of it', () => {
    // Lord Howe goes back from 02:00 to 01:30: the hour 01 lasts 90 minutes.
    expect(bounds('2024-04-07T01:00', '2024-04-07T03:00', 'hour', 'Australia/Lord_Howe')).toEqual([
      '2024-04-06T14:00:00.000Z',
      '2024-04-06T15:30:00.000Z',
      '2024-04-06T16:30:00.000Z',
    ]);
    // And forward from 02:00 to 02:30: what is left of the hour 02 is half an hour.
    expect(bounds('2024-10-06T01:00', '2024-10-06T04:00', 'hour', 'Australia/Lord_Howe')).toEqual([
      '2024-10-05T14:30:00.000Z',
      '2024-10-05T15:30:00.000Z',
      '2024-10-05T16:00:00.000Z',
      '2024-10-05T17:00:00.000Z',
    ]);
  });

  test('weeks begin on Monday or on the day asked for, quarters and years on their first', () => {
    const utc = zone('UTC');
    const thursday = Date.UTC(2024, 1, 29, 12);
    expect(iso(createCalendar('week', utc).floor(thursday))).toBe('2024-02-26T00:00:00.000Z');
    expect(iso(createCalendar('week', utc, 0).floor(thursday))).toBe('2024-02-25T00:00:00.000Z');
    expect(iso(createCalendar('week', utc, 4).floor(thursday))).toBe('2024-02-29T00:00:00.000Z');
    expect(iso(createCalendar('quarter', utc).next(thursday))).toBe('2024-04-01T00:00:00.000Z');
    expect(iso(createCalendar('year', utc).floor(Date.UTC(1969, 6, 20)))).toBe('1969-01-01T00:00:00.000Z');
  });

  test('hours of a zone with half an hour begin at its whole hours', () => {
    expect(bounds('2024-05-01T00:00', '2024-05-01T02:00', 'hour', 'Asia/Kolkata')[0]).toBe(
      '2024-04-30T18:30:00.000Z',
    );
  });

  test('there is a most of them', () => {
    const range = { fromMs: 0, toMs: (MAX_BUCKETS + 1) * MINUTE };
    expect(listBuckets(range, 'minute', zone('UTC'))).toBeUndefined();
    expect(listBuckets({ fromMs: 0, toMs: MAX_BUCKETS * MINUTE }, 'minute', zone('UTC'))?.bounds.length).toBe(
      MAX_BUCKETS + 1,
    );
  });

  test('an instant is found in its bucket', () => {
    expect([-1, 0, 5, 10, 19, 20].map((instant) => findBucket([0, 10, 20], instant))).toEqual([
      -1, 0, 0, 1, 1, 2,
    ]);
  });
});

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Havana',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Africa/Casablanca',
  'Atlantic/Azores',
  'Asia/Gaza',
];

/** What the wall clock shows, by Intl directly: the part of it that names the bucket. */
function showLabel(instant: number, name: string, grain: Grain): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(instant);
  const part = (type: string): string => parts.find((one) => one.type === type)!.value;
  const label = { minute: 5, hour: 4, day: 3, month: 2, year: 1 }[grain as 'minute'];
  return ['year', 'month', 'day', 'hour', 'minute'].slice(0, label).map(part).join(' ');
}

describe('in any zone, at any instant', () => {
  const instants = fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2035, 0, 1) });
  const grains = fc.constantFrom<Exclude<Grain, 'all'>[]>(
    'minute',
    'hour',
    'day',
    'week',
    'month',
    'quarter',
    'year',
  );

  test('buckets follow one another without gap or overlap', () => {
    fc.assert(
      fc.property(instants, grains, fc.constantFrom(...ZONES), (instant, grain, name) => {
        const calendar = createCalendar(grain, zone(name));
        const start = calendar.floor(instant);
        const end = calendar.next(instant);
        expect(start <= instant && instant < end).toBe(true);
        expect([
          calendar.floor(start),
          calendar.next(start),
          calendar.floor(end - 1),
          calendar.floor(end),
        ]).toEqual([start, end, start, end]);
      }),
      { numRuns: 1_500, seed: 7 },
    );
  });

  test('where the clock shows another date, month or year, another bucket begins', () => {
    fc.assert(
      fc.property(
        instants,
        fc.constantFrom<('day' | 'month' | 'year')[]>('day', 'month', 'year'),
        fc.constantFrom(...ZONES),
        (instant, grain, name) => {
          const end = createCalendar(grain, zone(name)).next(instant);
          expect(showLabel(end, name, grain)).not.toBe(showLabel(instant, name, grain));
          expect(showLabel(end, name, grain) > showLabel(instant, name, grain)).toBe(true);
        },
      ),
      { numRuns: 1_000, seed: 8 },
    );
  });

  test('a wall time becomes an instant at which the clock shows it, unless it is skipped', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...ZONES), (instant, name) => {
        const { offsetAt, toInstant } = zone(name);
        const found = toInstant(instant + offsetAt(instant));
        expect(found + offsetAt(found)).toBe(instant + offsetAt(instant));
        expect(found <= instant).toBe(true);
      }),
      { numRuns: 1_500, seed: 9 },
    );
  });
});

describe('the period before', () => {
  const goBack = (from: string, to: string, grain: Grain, name: string): string[] => {
    const range = shiftBack(
      { fromMs: parseInstant(from, zone(name))!, toMs: parseInstant(to, zone(name))! },
      grain,
      zone(name),
    )!;
    return [iso(range.fromMs), iso(range.toMs)];
  };

  test('days go back by days, over a change of the clock too', () => {
    expect(goBack('2024-03-31', '2024-04-02', 'day', 'Europe/Berlin')).toEqual([
      '2024-03-28T23:00:00.000Z',
      '2024-03-30T23:00:00.000Z',
    ]);
  });

  test('months go back by months', () => {
    expect(goBack('2024-03-01', '2024-05-01', 'month', 'UTC')).toEqual([
      '2024-01-01T00:00:00.000Z',
      '2024-03-01T00:00:00.000Z',
    ]);
    expect(goBack('2024-01-01', '2025-01-01', 'quarter', 'UTC')[0]).toBe('2023-01-01T00:00:00.000Z');
    expect(goBack('2024-05-01', '2024-06-01', 'all', 'UTC')[0]).toBe('2024-04-01T00:00:00.000Z');
  });

  test('in shorter buckets months go back by their days, so that each bucket has its partner', () => {
    for (const grain of ['day', 'week'] as const)
      expect(goBack('2024-05-01', '2024-06-01', grain, 'UTC')[0]).toBe('2024-03-31T00:00:00.000Z');
  });

  test('other ranges go back by their length, and not before 1900', () => {
    expect(goBack('2024-03-01T05:00', '2024-03-01T08:30', 'hour', 'UTC')[0]).toBe('2024-03-01T01:30:00.000Z');
    expect(
      shiftBack({ fromMs: Date.UTC(1901, 0, 1), toMs: Date.UTC(2024, 0, 1) }, 'day', zone('UTC')),
    ).toBeUndefined();
  });
});
