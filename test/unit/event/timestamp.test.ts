import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIsoTime } from '../../../src/event/timestamp.js';

const times = fc.date({
  min: new Date('0001-01-01'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});

test('What toISOString prints is read back', () => {
  fc.assert(
    fc.property(times, (time) => {
      expect(parseIsoTime(time.toISOString())).toBe(time.getTime());
    }),
    { numRuns: 2000 },
  );
});

test('Offsets are what Date.parse makes of them', () => {
  fc.assert(
    fc.property(times, fc.integer({ min: -1439, max: 1439 }), (time, offset) => {
      const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0');
      const minutes = String(Math.abs(offset) % 60).padStart(2, '0');
      const text = `${time.toISOString().slice(0, -1)}${offset < 0 ? '-' : '+'}${hours}:${minutes}`;
      expect(parseIsoTime(text)).toBe(Date.parse(text));
    }),
  );
});

test.each([
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2026-01-31T12:00', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31T12:00:01', '2026-01-31T12:00:01.000Z'],
  ['2026-01-31 12:00:01', '2026-01-31T12:00:01.000Z'],
  ['2026-01-31t12:00:01z', '2026-01-31T12:00:01.000Z'],
  ['2026-01-31T12:00:01.5Z', '2026-01-31T12:00:01.500Z'],
  ['2026-01-31T12:00:01,25Z', '2026-01-31T12:00:01.250Z'],
  ['2026-01-31T12:00:01.123999Z', '2026-01-31T12:00:01.123Z'],
  ['2026-01-31T12:00:01.123456789+02', '2026-01-31T10:00:01.123Z'],
  ['2026-01-31T12:00:01-0530', '2026-01-31T17:30:01.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['2000-02-29', '2000-02-29T00:00:00.000Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
])('%s is %s', (text, iso) => {
  expect(new Date(parseIsoTime(text)).toISOString()).toBe(iso);
});

test.each([
  '',
  'now',
  '2026',
  '2026-1-31',
  '2026-13-01',
  '2026-02-29',
  '1900-02-29',
  '2026-04-31',
  '2026-00-10',
  '2026-01-31T',
  '2026-01-31T25:00:00Z',
  '2026-01-31T12:60:00Z',
  '2026-01-31T12:00:61Z',
  '2026-01-31T12:00:00.Z',
  '2026-01-31T12:00:00ZZ',
  '2026-01-31T12:00:00+',
  '2026-01-31T12:00:00+1',
  '2026-01-31T12:00:00+25:00',
  '2026-01-31T12:00:00 Europe/Berlin',
  '31.01.2026',
  '01/31/2026',
  'Sat, 31 Jan 2026 12:00:00 GMT',
  '1764000000000',
])('"%s" is not a time', (text) => {
  expect(parseIsoTime(text)).toBeNaN();
});
