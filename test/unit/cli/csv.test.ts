import { expect, test } from 'vitest';
import { readCsv } from '../../../src/cli/import/csv.js';
import { type MappingFlags, parseMapping } from '../../../src/cli/import/mapping.js';
import { planRow } from '../../../src/cli/import/plan.js';
import { readCell } from '../../../src/cli/import/row.js';
import { readTime } from '../../../src/cli/import/time.js';
import { createSourceOf, readAll } from './source-of.js';

const options = (flags: MappingFlags = {}) => ({ delimiter: ',', mapping: parseMapping(flags) });

async function readEvents(text: string, csv: ReturnType<typeof options>): Promise<unknown[]> {
  const records = await readAll(readCsv(createSourceOf(text), csv, 0));
  return records.map((record) => ('json' in record ? JSON.parse(record.json) : record));
}

test('columns called like event fields map to them, the rest become properties', async () => {
  const text =
    'event,event_id,user_id,timestamp,plan,amount,paid\nbuy,e1,u1,2024-05-06 07:08:09,pro,12.5,true\n';
  expect(await readEvents(text, options())).toEqual([
    {
      event: 'buy',
      event_id: 'e1',
      user_id: 'u1',
      timestamp: '2024-05-06T07:08:09Z',
      properties: { plan: 'pro', amount: 12.5, paid: true },
    },
  ]);
});

test('mapped columns and constants fill the fields a file lacks', async () => {
  const csv = options({ map: 'user_id=customer,timestamp=day,event_id=no', set: 'event=purchase' });
  expect(await readEvents('no,customer,day,sku\n7,c1,2024-05-06,0042\n', csv)).toEqual([
    {
      event: 'purchase',
      event_id: '7',
      user_id: 'c1',
      timestamp: '2024-05-06T00:00:00Z',
      properties: { sku: '0042' },
    },
  ]);
});

test('quoted cells keep commas, quotes and newlines, and an empty cell is no property', async () => {
  const text = '\uFEFFevent,user_id,event_id,note,empty\nbuy,u1,e1,"a, ""b""\nc",\n';
  expect(await readEvents(text, options())).toEqual([
    { event: 'buy', user_id: 'u1', event_id: 'e1', properties: { note: 'a, "b"\nc' } },
  ]);
});

test('a row without an id gets the same one in every run, and equal rows get different ones', async () => {
  const text = 'event,user_id\nbuy,u1\nbuy,u1\n';
  const first = await readEvents(text, options());
  expect(await readEvents(text, options())).toEqual(first);
  const ids = first.map((event) => (event as { event_id: string }).event_id);
  expect(new Set(ids).size).toBe(2);
});

test('only what reads as a number, true or false changes its type', () => {
  const values = [
    '12',
    '-0.5',
    '1e3',
    '007',
    '+1',
    '1.',
    '12345678901234567',
    'true',
    'FALSE',
    'yes',
    'NaN',
    '',
  ];
  expect(values.map((value) => readCell(value, false))).toEqual([
    12,
    -0.5,
    1000,
    '007',
    '+1',
    '1.',
    '12345678901234567',
    true,
    false,
    'yes',
    'NaN',
    undefined,
  ]);
  expect(readCell('12', true)).toBe('12');
});

test('times are read as databases and spreadsheets write them', () => {
  expect(readTime('2024-05-06')).toBe('2024-05-06T00:00:00Z');
  expect(readTime('2024-05-06 07:08')).toBe('2024-05-06T07:08:00Z');
  expect(readTime('2024-05-06 07:08:09.123 UTC')).toBe('2024-05-06T07:08:09.123Z');
  expect(readTime('2024-05-06 07:08:09+0200')).toBe('2024-05-06T07:08:09+02:00');
  expect(readTime('1714979289')).toBe(1_714_979_289_000);
  expect(readTime('1714979289123')).toBe(1_714_979_289_123);
  expect(readTime('6 May')).toBe('6 May');
});

test('a mapping to a column that is not there names those that are', () => {
  const plan = (columns: string[], flags: MappingFlags) => () => planRow(columns, parseMapping(flags));
  expect(plan(['a', 'b'], { map: 'user_id=custmer' })).toThrow('there is no such column; there are a, b');
  expect(plan(['customer'], { map: 'user_id=custmer' })).toThrow('(did you mean customer?)');
  expect(plan(['user_id'], {})).toThrow("No column gives the event's type");
  expect(plan(['event'], {})).toThrow('No column gives the user');
});

test('skipped rows are those an earlier import finished', async () => {
  const text = 'event,user_id\na,u1\nb,u2\nc,u3\n';
  const all = await readAll(readCsv(createSourceOf(text), options(), 0));
  expect(await readAll(readCsv(createSourceOf(text), options(), 3))).toEqual(all.slice(2));
});
