/**
 * The scripts that change a partition, against a model: random consumers take, lose and give back the lease, append, seal
 * and acknowledge in any order, with stale tokens and out of turn. After every step Redis holds what the model says.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Entry } from '../../src/event/types.js';
import { createRedis, type Redis } from '../../src/redis/client.js';
import {
  createPartitionConsumer,
  createStream,
  type EventStream,
  type PartitionConsumer,
} from '../../src/stream/index.js';
import { weighEntry } from '../../src/stream/options.js';
import { freshRedis } from '../support/stack.js';
import { makePayload } from './ingest-instance.js';

interface Batch {
  seq: number;
  ids: string[];
  bytes: number;
}

/** What must be true of the partition. */
interface Model {
  entries: { id: string; bytes: number; events: number }[];
  sealed: Batch[];
  acked: Map<string, number>;
  /** The token that may write; 0: nobody's. */
  token: number;
  tokens: number;
  lastSeq: number;
}

interface Real {
  redis: Redis;
  stream: EventStream;
  consumer: PartitionConsumer;
  /** Tokens handed out, by number of acquisition. */
  tokens: string[];
}

type Step = (model: Model, real: Real) => Promise<void>;

const refused = (code: string) => (error: { code?: string }) => {
  expect(error.code).toBe(code);
  return 'refused';
};

const sealedIds = (model: Model): string[] => model.sealed.flatMap((batch) => batch.ids);

const append =
  (events: number): Step =>
  async (model, real) => {
    const payload = makePayload(Array.from({ length: events }, () => 1));
    const { payloadId } = await real.stream.append(payload);
    model.entries.push({ id: payloadId.slice(2), bytes: weighEntry(payload.body.length), events });
  };

const acquire =
  (isSeenDead: boolean): Step =>
  async (model, real) => {
    const lease = await real.consumer.readLease();
    expect(lease !== undefined).toBe(model.token !== 0);
    const token = await real.consumer.acquire('somebody', 'c', isSeenDead ? lease : undefined);
    if (model.token !== 0 && !isSeenDead) {
      expect(token).toBeUndefined();
      return;
    }
    expect(token).toBeDefined();
    expect(Number(token)).toBe(model.tokens + 1);
    real.tokens.push(token!);
    model.tokens += 1;
    model.token = model.tokens;
  };

async function readAll(consumer: PartitionConsumer, afterId: string): Promise<Entry[]> {
  const all: Entry[] = [];
  for (let isAll = false; !isAll; ) {
    const read = await consumer.read(all.at(-1)?.id ?? afterId, 1e9);
    all.push(...read.entries);
    isAll = read.isAll;
  }
  return all;
}

/** A watcher that saw a beat before the last renewal is too late. */
const acquireTooLate: Step = async (model, real) => {
  const lease = await real.consumer.readLease();
  if (!lease) return;
  expect(await real.consumer.renew(lease.token, 'c')).toBe(true);
  expect(await real.consumer.acquire('somebody', 'c', lease)).toBeUndefined();
  expect(Number(lease.token)).toBe(model.token);
};

const release =
  (age: number): Step =>
  async (model, real) => {
    const token = real.tokens.at(-1 - age);
    if (!token) return;
    await real.consumer.release(token);
    if (Number(token) === model.token) model.token = 0;
  };

const renew =
  (age: number): Step =>
  async (model, real) => {
    const token = real.tokens.at(-1 - age);
    if (token) expect(await real.consumer.renew(token, 'c')).toBe(Number(token) === model.token);
  };

const seal =
  (age: number, skip: number, count: number): Step =>
  async (model, real) => {
    const token = real.tokens.at(-1 - age);
    const { sealedTo } = await real.consumer.readPosition();
    const unread = await readAll(real.consumer, sealedTo);
    const taken = unread.slice(0, count);
    if (!token || taken.length === 0) return;
    // Skipping back: a batch that begins with what is sealed already.
    const first = skip > 0 ? sealedIds(model).at(-skip) : undefined;
    const batch = {
      firstId: first ?? taken[0]!.id,
      lastId: taken.at(-1)!.id,
      entries: taken.length,
      bytes: taken.reduce((sum, entry) => sum + weighEntry(entry.body.length), 0),
      events: taken.reduce((sum, entry) => sum + entry.eventCount, 0),
    };
    const attempt = real.consumer.seal(token, batch);
    if (Number(token) !== model.token) {
      expect(await attempt.catch(refused('fenced'))).toBe('refused');
    } else if (first !== undefined) {
      expect(await attempt.catch(refused('order'))).toBe('refused');
    } else {
      const seq = await attempt;
      expect(seq).toBeGreaterThan(model.lastSeq);
      model.lastSeq = seq;
      model.sealed.push({ seq, ids: taken.map((entry) => entry.id), bytes: batch.bytes });
    }
  };

const ack =
  (age: number, nth: number): Step =>
  async (model, real) => {
    const token = real.tokens.at(-1 - age);
    const batch = model.sealed[nth];
    if (!token || !batch) return;
    const outcomes = batch.ids.map((entryId) => {
      const received = model.entries.find((entry) => entry.id === entryId)!.events;
      return {
        entryId,
        project: 'default',
        received,
        stored: received,
        duplicates: 0,
        rejected: 0,
        conflicts: 0,
        dropped: 0,
      };
    });
    const counts = {
      hourMs: 0,
      project: 'default',
      bytes: batch.bytes,
      accepted: 0,
      pending: 0,
      stored: outcomes.length,
      duplicates: 0,
      rejected: 0,
      dropped: 0,
    };
    const acknowledge = () => real.consumer.ack(token, batch.seq, [counts], outcomes, []);
    if (Number(token) !== model.token) {
      expect(await acknowledge().catch(refused('fenced'))).toBe('refused');
    } else if (nth > 0) {
      expect(await acknowledge().catch(refused('order'))).toBe('refused');
    } else {
      await acknowledge();
      // The answer may have been lost: the same again changes nothing.
      await acknowledge();
      for (const outcome of outcomes) model.acked.set(outcome.entryId, outcome.received);
      model.sealed.shift();
      model.entries = model.entries.filter((entry) => !batch.ids.includes(entry.id));
    }
  };

const age = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 5 }).map(append) },
  { weight: 2, arbitrary: fc.boolean().map(acquire) },
  { weight: 1, arbitrary: fc.constant(acquireTooLate) },
  { weight: 1, arbitrary: age.map(release) },
  { weight: 1, arbitrary: age.map(renew) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(age, fc.constantFrom(0, 0, 0, 1), fc.integer({ min: 1, max: 4 }))
      .map((a) => seal(...a)),
  },
  { weight: 5, arbitrary: fc.tuple(age, fc.constantFrom(0, 0, 0, 1)).map((a) => ack(...a)) },
);

let redis: Redis;

beforeAll(async () => {
  redis = createRedis((await freshRedis()).url);
  await redis.waitReady(30_000);
});

afterAll(() => redis.close());

async function expectAgreement(model: Model, real: Real): Promise<void> {
  const { sealed, sealedTo } = await real.consumer.readPosition();
  expect(sealed.map((batch) => [batch.seq, batch.firstId, batch.lastId, batch.bytes])).toEqual(
    model.sealed.map((batch) => [batch.seq, batch.ids[0], batch.ids.at(-1), batch.bytes]),
  );
  for (const [i, batch] of sealed.entries()) {
    expect((await real.consumer.readBatch(batch)).map((entry) => entry.id)).toEqual(model.sealed[i]!.ids);
  }
  const unread = await readAll(real.consumer, sealedTo);
  expect([...sealedIds(model), ...unread.map((entry) => entry.id)]).toEqual(
    model.entries.map((entry) => entry.id),
  );
  const [depth] = await real.stream.readDepth();
  expect(depth).toEqual({
    partition: 0,
    entries: model.entries.length,
    bytes: model.entries.reduce((sum, entry) => sum + entry.bytes, 0),
  });
  // What the project has waiting is all there is, and what is counted is what was acknowledged, once.
  const waiting = await real.redis.command<string | null>(['HGET', 'weir:{p0}:waiting', 'default']);
  expect(Number(waiting ?? 0)).toBe(depth!.bytes);
  const counted = await real.redis.command<string | null>(['HGET', 'weir:{p0}:counts:0', 'stored:default']);
  expect(Number(counted ?? 0)).toBe(model.acked.size);
  for (const entry of model.entries) {
    expect(await real.stream.getPayloadOutcome(`0-${entry.id}`)).toMatchObject({ status: 'pending' });
  }
  for (const [id, received] of model.acked) {
    expect(await real.stream.getPayloadOutcome(`0-${id}`)).toMatchObject({ status: 'done', received });
  }
}

test('no order of operations, stale tokens included, loses an entry or acknowledges one twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await redis.command(['FLUSHDB']);
      const stream = await createStream(redis, { partitions: 1 });
      const consumer = createPartitionConsumer(redis, 0, stream.options);
      const real: Real = { redis, stream, consumer, tokens: [] };
      const model: Model = { entries: [], sealed: [], acked: new Map(), token: 0, tokens: 0, lastSeq: 0 };
      for (const run of steps) await run(model, real);
      await expectAgreement(model, real);
    }),
    { numRuns: 150 },
  );
});
