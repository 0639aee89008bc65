/** What the encoder writes, read back from the engine. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClickHouse, createClickHouse } from '../../src/clickhouse/client.js';
import { EVENT_COLUMNS } from '../../src/event/columns.js';
import { hashEventId } from '../../src/event/hash.js';
import type { JsonObject, JsonValue } from '../../src/event/json.js';
import type { PreparedBatch } from '../../src/event/prepared.js';
import { writeBlock } from '../../src/native/block.js';
import { ByteBuffer } from '../../src/native/byte-buffer.js';
import type { Column } from '../../src/native/column.js';
import { createJsonBlock, JsonColumn } from '../../src/native/json-column.js';
import { BLOCK_CELLS_MAX } from '../../src/pipeline/batch-builder.js';
import { prepareBatch } from '../../src/pipeline/prepare.js';
import { freshClickHouse } from '../support/stack.js';
import { jsonObjects } from '../unit/event/json-text.js';
import { createEntry, event, RECEIVED_AT_MS } from '../unit/pipeline/entries.js';

let clickhouse: ClickHouse;

beforeAll(async () => {
  clickhouse = createClickHouse((await freshClickHouse()).url);
  await clickhouse.command(
    'create table jsons (n UInt32, j JSON(max_dynamic_paths=64)) engine = MergeTree order by n',
  );
});

afterAll(async () => {
  await clickhouse.close();
});

/** The rows' numbers, beside the JSON column. */
function numberRows(rows: number): Column {
  const write = (out: ByteBuffer) =>
    out.writeBytes(new Uint8Array(Uint32Array.from({ length: rows }, (_, n) => n).buffer));
  return { type: 'UInt32', writePrefix() {}, writeValues: write };
}

async function insertJson(objects: readonly JsonObject[]): Promise<void> {
  const column = new JsonColumn(createJsonBlock(), 'JSON(max_dynamic_paths=64)');
  for (const object of objects) column.append(object);
  const out = new ByteBuffer();
  const columns = [
    { name: 'n', column: numberRows(objects.length) },
    { name: 'j', column },
  ];
  writeBlock(out, objects.length, columns);
  await clickhouse.command('truncate table jsons');
  await clickhouse.insertNative('jsons', ['n', 'j'], out.view());
}

async function readJson(): Promise<JsonObject[]> {
  const { rows } = await clickhouse.query<{ text: string }>(
    'select toJSONString(j) as text from jsons order by n',
  );
  return rows.map(({ text }) => JSON.parse(text) as JsonObject);
}

async function insertEvents(batch: PreparedBatch): Promise<void> {
  await clickhouse.command('truncate table events');
  const names = EVENT_COLUMNS.map(({ name }) => name);
  await clickhouse.insertNative('events', names, batch.block);
}

const prepareEvents = (events: readonly object[], head = {}): PreparedBatch =>
  prepareBatch({
    entries: [createEntry(events, { eventCount: events.length, ...head })],
    partition: 3,
    seq: 7,
  });

/** What is kept of an object: no nulls, no empty objects but in lists, text as UTF-8 holds it. */
function keep(object: JsonObject): JsonObject {
  const kept = Object.entries(object).flatMap(([key, value]): [string, JsonValue][] => {
    const inner = keepValue(value);
    return inner === null || (isPlainObject(inner) && Object.keys(inner).length === 0)
      ? []
      : [[wellFormed(key), inner]];
  });
  return Object.fromEntries(kept);
}

const isPlainObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function keepValue(value: JsonValue): JsonValue {
  if (typeof value === 'string') return wellFormed(value);
  if (Array.isArray(value)) return value.map(keepValue);
  return isPlainObject(value) ? keep(value) : value;
}

const wellFormed = (text: string): string => Buffer.from(text).toString();

describe('The table and the block agree', () => {
  test('on names and types of the columns, to the letter', async () => {
    const { rows } = await clickhouse.query<{ name: string; type: string }>(
      `select name, type from system.columns
       where database = currentDatabase() and table = 'events' and default_kind = '' order by position`,
    );
    expect(rows).toEqual(EVENT_COLUMNS.map(({ name, type }) => ({ name, type })));
  });

  test('on every column of an event', async () => {
    const full = {
      event: 'bought',
      event_id: 'é"\'\\\t\n\0',
      user_id: 'u😀',
      anonymous_id: 'a',
      session_id: 's',
      timestamp: '2026-01-30T10:20:30.456Z',
      sent_at: '2026-01-30T10:20:31.001Z',
      properties: { a: 1, b: { c: 'x' } },
      // An address is stored without its last part; this one has none.
      context: { ip: '2001:db8:1::' },
    };
    const batch = prepareEvents([full, event({ event_id: 'e2' })]);
    await insertEvents(batch);
    const { rows } = await clickhouse.query<Record<string, unknown>>(
      `select ${EVENT_COLUMNS.map(({ name }) => name).join(', ')}, toString(content_hash) as hash
       from events order by timestamp`,
    );
    const shared = {
      project: 'shop',
      event: 'bought',
      received_at: '2026-01-31 12:00:00.000',
      batch_partition: 3,
    };
    const { properties, context, timestamp: _t, sent_at: _s, ...ids } = full;
    expect(rows[0]).toMatchObject({
      ...shared,
      ...ids,
      properties,
      context,
      timestamp: '2026-01-30 10:20:30.456',
      sent_at: '2026-01-30 10:20:31.001',
    });
    expect(rows[1]).toMatchObject({
      ...shared,
      timestamp: shared.received_at,
      sent_at: null,
      properties: {},
      context: {},
    });
    expect(rows.map(({ batch_seq }) => Number(batch_seq))).toEqual([7, 7]);
    const [low, high] = batch.contentHashes;
    expect(rows[0]!.hash).toBe(String((BigInt(high!) << 32n) + BigInt(low!)));
  });

  test('on the hash of an event id', async () => {
    const ids = ['', 'a', 'é', '€uro', '😀', 'x'.repeat(200), '\0', '0f8fad5b-d9cb-469f-a165-70867728950e'];
    for (const id of ids) {
      const { rows } = await clickhouse.query<{ low: number; high: number }>(
        `select bitXor(murmurHash3_32({id:String}), murmurHash3_32({project:String})) as low,
                bitXor(xxHash32({id:String}), xxHash32({project:String})) as high`,
        { params: { id, project: 'shöp' } },
      );
      expect([rows[0]!.low, rows[0]!.high], id).toEqual(hashEventId('shöp', id));
    }
  });
});

describe('Properties read back as they were sent', () => {
  test('for any objects', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          jsonObjects.filter((object) => !JSON.stringify(object).includes('.')),
          { minLength: 1, maxLength: 40 },
        ),
        async (objects) => {
          await insertJson(objects);
          // JSON knows no -0.
          const expected = JSON.parse(JSON.stringify(objects.map(keep))) as JsonObject[];
          expect(await readJson()).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('with dots in keys, as the deeper path they mean', async () => {
    await insertJson([
      { 'a.b': 1, 'a.c.d': [1], x: { 'y.z': true } },
      { 'a.b': 1, a: { b: 2, c: 3 } },
      { a: 1, 'a.b': 2 },
    ]);
    expect(await readJson()).toEqual([
      { a: { b: 1, c: { d: [1] } }, x: { y: { z: true } } },
      { a: { b: 2, c: 3 } },
      { a: { b: 2 } },
    ]);
  });

  test('with numbers as Float64, flags as Bool, text as String, and lists of them', async () => {
    await insertJson([
      {
        n: 5,
        t: 'x',
        b: true,
        ns: [1, null, 2.5],
        ts: ['a'],
        bs: [false],
        none: [],
        objects: [{ a: 1 }],
        mixed: [1, 'x'],
      },
    ]);
    const { rows } = await clickhouse.query<{ types: Record<string, string> }>(
      'select JSONAllPathsWithTypes(j) as types from jsons',
    );
    expect(rows[0]!.types).toEqual({
      n: 'Float64',
      t: 'String',
      b: 'Bool',
      ns: 'Array(Nullable(Float64))',
      ts: 'Array(Nullable(String))',
      bs: 'Array(Nullable(Bool))',
      none: 'Array(Nullable(String))',
      objects: 'Array(JSON(max_dynamic_types=16, max_dynamic_paths=128))',
      mixed: 'Array(Dynamic)',
    });
  });

  test('with another type of one path in each row', async () => {
    const values: JsonValue[] = [
      1,
      'x',
      true,
      [1],
      ['x'],
      [true],
      [1, 'x'],
      [{ a: 1 }],
      [[1]],
      [],
      2,
      'y',
      false,
    ];
    await insertJson(values.map((a) => ({ a })));
    expect(await readJson()).toEqual(values.map((a) => ({ a })));
  });

  test('with 600 paths in one event and 600 more over the events, many times what a column holds apart', async () => {
    const wide = Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`w${n}`, n]));
    const rows: JsonObject[] = [wide, ...Array.from({ length: 600 }, (_, n) => ({ [`p${n}`]: `v${n}` }))];
    await insertJson(rows);
    expect(await readJson()).toEqual(rows);
  });

  test('in a block of no rows and in one of a single empty object', async () => {
    await insertJson([]);
    expect(await readJson()).toEqual([]);
    await insertJson([{}]);
    expect(await readJson()).toEqual([{}]);
  });

  test('with extreme numbers', async () => {
    const numbers = [
      0,
      5e-324,
      1.7976931348623157e308,
      -1.5,
      0.1,
      2 ** 53 - 1,
      -(2 ** 53 - 1),
      1e21,
      123456789.123,
    ];
    await insertJson(numbers.map((n) => ({ n })));
    expect(await readJson()).toEqual(numbers.map((n) => ({ n })));
  });

  test('with lone surrogates replaced, never torn', async () => {
    await insertJson([{ text: 'a\ud800b', '\udc00': 1 }]);
    expect(await readJson()).toEqual([{ text: 'a\ufffdb', '\ufffd': 1 }]);
  });
});

describe('Batches', () => {
  test('with very many different properties are several blocks in one insert', async () => {
    const count = Math.ceil(Math.sqrt(BLOCK_CELLS_MAX)) + 500;
    const batch = prepareEvents(
      Array.from({ length: count }, (_, n) => event({ event_id: `e${n}`, properties: { [`key_${n}`]: n } })),
    );
    expect(batch.block.length).toBeLessThan(1.5 * BLOCK_CELLS_MAX);
    await insertEvents(batch);
    const { rows } = await clickhouse.query<{ events: number; last: number }>(
      `select count() as events, sum(properties.key_${count - 1}::Nullable(Float64)) as last from events`,
    );
    expect(rows.map(({ events, last }) => [Number(events), last])).toEqual([[count, count - 1]]);
  });

  test('with 20,000 different names of events are stored under them', async () => {
    const batch = prepareEvents(
      Array.from({ length: 20_000 }, (_, n) => event({ event: `name ${n}`, event_id: `name ${n}` })),
    );
    await insertEvents(batch);
    const { rows } = await clickhouse.query<{ good: number; names: number }>(
      'select countIf(event = event_id) as good, uniqExact(event) as names from events',
    );
    expect(rows.map(({ good, names }) => [Number(good), Number(names)])).toEqual([[20_000, 20_000]]);
  });

  test('leave out what they are told to', async () => {
    const entries = [
      createEntry(
        Array.from({ length: 10 }, (_, n) => event({ event_id: `${n}` })),
        { eventCount: 10 },
      ),
    ];
    const exclude = Uint32Array.of(0, 3, 9);
    await insertEvents(prepareBatch({ entries, partition: 1, seq: 2, exclude }));
    const { rows } = await clickhouse.query<{ event_id: string }>(
      'select event_id from events order by event_id',
    );
    expect(rows.map(({ event_id }) => event_id)).toEqual(['1', '2', '4', '5', '6', '7', '8']);
  });

  test('of events at every edge of what is taken go in', async () => {
    const edges = [
      { timestamp: '1990-01-01T00:00:00.000Z' },
      { timestamp: RECEIVED_AT_MS + 86_400_000, sent_at: '1970-01-01' },
      { sent_at: '2200-01-01' },
      { event: 'x'.repeat(200), event_id: '€'.repeat(200), user_id: '😀'.repeat(100) },
      { properties: Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, n])) },
      { properties: { '': 1, ' ': { '': 2 }, 'a..b': 3 } },
    ].map((change, n) => event({ event_id: `edge ${n}`, ...change }));
    const batch = prepareEvents(edges);
    expect(batch.rejects).toEqual([]);
    await insertEvents(batch);
    const { rows } = await clickhouse.query<{ timestamp: string; user_id: string; properties: JsonObject }>(
      'select timestamp, user_id, properties from events order by event_id',
    );
    expect(rows.length).toBe(edges.length);
    expect(rows.map(({ timestamp }) => timestamp)).toContain('1990-01-01 00:00:00.000');
    expect(rows.map(({ user_id }) => user_id)).toContain('😀'.repeat(100));
  });
});
