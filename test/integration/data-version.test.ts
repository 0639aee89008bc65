import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRedis, type Redis } from '../../src/redis/client.js';
import { type DataReads, readDataVersion, versionKey } from '../../src/stream/data-version.js';
import { freshRedis, startWeir, type Weir } from '../support/stack.js';

const PARTITIONS = 4;
const DAY = Date.UTC(2024, 2, 1);

let weir: Weir;
let redis: Redis;

beforeAll(async () => {
  const backend = await freshRedis();
  weir = await startWeir({ redis: backend.url });
  redis = createRedis(backend.url);
  await redis.waitReady(10_000);
});

afterAll(async () => {
  await redis?.close();
  await weir?.stop();
});

async function send(event: string, timestampMs: number, properties: object = {}): Promise<void> {
  const response = await fetch(`${weir.url}/v1/events?wait=stored`, {
    method: 'POST',
    headers: { authorization: `Bearer ${weir.keys.write}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      event,
      user_id: 'u1',
      timestamp: new Date(timestampMs).toISOString(),
      properties,
    }),
  });
  expect(response.status, await response.text()).toBe(200);
}

const ofDay = (events: DataReads['events'], timestampMs: number, people = false): DataReads => ({
  events,
  range: { fromMs: timestampMs, toMs: timestampMs + 1 },
  people,
  receipts: [],
});

const read = (reads: DataReads) => readDataVersion(redis, versionKey('default', PARTITIONS), reads);

test('a stored batch gives a new version to its types and days, and to nothing else', async () => {
  expect(await read(ofDay('*', DAY))).toBeUndefined();
  await send('viewed', DAY);
  const all = [
    ofDay(['viewed'], DAY),
    ofDay(['bought'], DAY),
    ofDay(['viewed'], DAY + 86_400_000),
    ofDay('*', DAY),
    { ...ofDay(['viewed'], DAY), range: undefined },
    { ...ofDay(['bought'], DAY), receipts: 'any' as const },
  ];
  const before = await Promise.all(all.map(read));
  await send('viewed', DAY + 3_600_000);
  const after = await Promise.all(all.map(read));
  expect(after.map((one, i) => one!.touched > before[i]!.touched)).toEqual([
    true,
    false,
    false,
    true,
    true,
    true,
  ]);
  expect(after[0]!.receivedMs).toBeGreaterThan(before[0]!.receivedMs!);
  expect(after.every((one, i) => one!.newest > before[i]!.newest)).toBe(true);
});

test('properties of people and joined ids are told apart from events', async () => {
  const plain = ofDay(['bought'], DAY);
  const people = ofDay(['bought'], DAY, true);
  const before = await Promise.all([read(plain), read(people)]);
  await send('viewed', DAY, { $set: { plan: 'free' } });
  const changed = await Promise.all([read(plain), read(people)]);
  expect(changed.map((one, i) => one!.touched > before[i]!.touched)).toEqual([false, true]);
  await send('$identify', DAY, { $anon_distinct_id: 'a1', anonymous_id: 'a1' });
  const joined = await read(plain);
  expect(joined!.touched).toBeGreaterThan(changed[0]!.touched);
});

test('a record that was lost begins with everything touched', async () => {
  const before = await read(ofDay(['bought'], DAY));
  await redis.command(['DEL', versionKey('default', PARTITIONS)]);
  expect(await read(ofDay(['bought'], DAY))).toBeUndefined();
  await send('viewed', DAY);
  expect((await read(ofDay(['bought'], DAY)))!.touched).toBeGreaterThan(before!.newest);
});
