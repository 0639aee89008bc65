import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFingerprints, type SeenRange } from '../../../src/ingest/fingerprints.js';

const WINDOW_MS = 800;

const newRange = (): SeenRange => ({ fromMs: -1, toMs: -1 });

const hash = fc.tuple(
  fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 0xffffffff })),
  fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 0xffffffff })),
);

test('what was added within the window is never called new', () => {
  const steps = fc.array(fc.tuple(hash, fc.integer({ min: 0, max: 60 })), { maxLength: 300 });
  fc.assert(
    fc.property(steps, (added) => {
      const fingerprints = createFingerprints(WINDOW_MS);
      const live: { lo: number; hi: number; ms: number }[] = [];
      let nowMs = 1_000_000;
      for (const [[lo, hi], step] of added) {
        nowMs += step;
        fingerprints.add(lo, hi, nowMs);
        live.push({ lo, hi, ms: nowMs });
        fingerprints.expire(nowMs - WINDOW_MS);
      }
      for (const { lo, hi, ms } of live) {
        if (ms < nowMs - WINDOW_MS) continue;
        const range = newRange();
        expect(fingerprints.mayHold(lo, hi, range)).toBe(true);
        expect(range.fromMs).toBeLessThanOrEqual(ms);
        expect(range.toMs).toBeGreaterThanOrEqual(ms);
      }
    }),
  );
});

/** A sequence that no test ever repeats, spread over both words. */
function mix(n: number): [number, number] {
  const lo = Math.imul(n ^ (n >>> 15), 0x2c1b3c6d) >>> 0;
  const hi = Math.imul(n ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  return [lo, (hi ^ (lo >>> 7)) >>> 0];
}

test('new ids are told from two hundred thousand others', () => {
  const fingerprints = createFingerprints(1e12);
  for (let n = 0; n < 200_000; n++) fingerprints.add(...mix(n), n);
  const range = newRange();
  let wrong = 0;
  for (let n = 200_000; n < 400_000; n++) if (fingerprints.mayHold(...mix(n), range)) wrong += 1;
  expect(wrong).toBeLessThan(5);
  expect(fingerprints.count).toBeGreaterThan(199_990);
});

test('an event costs less than eleven bytes however many there are', () => {
  const fingerprints = createFingerprints(1e12);
  for (let n = 0; n < 500_000; n++) {
    fingerprints.add(...mix(n), n);
    if (n > 50_000 && n % 10_000 === 0) expect(fingerprints.bytes / fingerprints.count).toBeLessThan(11);
  }
});

test('what is older than the window is forgotten in pieces, and its memory with it', () => {
  const fingerprints = createFingerprints(WINDOW_MS);
  for (let n = 0; n < 100_000; n++) {
    fingerprints.add(...mix(n), n);
    fingerprints.expire(n - WINDOW_MS);
  }
  expect(fingerprints.count).toBeGreaterThanOrEqual(WINDOW_MS);
  expect(fingerprints.count).toBeLessThan(WINDOW_MS * 1.3);
});

test('ids loaded for a span of time are found with that span', () => {
  const fingerprints = createFingerprints(WINDOW_MS);
  const hashes = new Uint32Array(60_000 * 2);
  for (let n = 0; n < 60_000; n++) hashes.set(mix(n), n * 2);
  fingerprints.addSpan(hashes, 100, 200);
  fingerprints.addSpan(Uint32Array.from([1, 0]), 200, 300);
  const range = newRange();
  let missing = 0;
  for (let n = 0; n < 60_000; n++) {
    if (!fingerprints.mayHold(...mix(n), range) || range.fromMs !== 100 || range.toMs !== 200) missing += 1;
  }
  expect(missing).toBe(0);
  expect(fingerprints.mayHold(1, 0, range)).toBe(true);
  expect(range).toEqual({ fromMs: 200, toMs: 300 });
});

test('an id seen twice is reported with both times', () => {
  const fingerprints = createFingerprints(WINDOW_MS);
  fingerprints.add(7, 7, 1_000);
  fingerprints.add(7, 7, 1_500);
  const range = newRange();
  expect(fingerprints.mayHold(7, 7, range)).toBe(true);
  expect(range.fromMs).toBeLessThanOrEqual(1_000);
  expect(range.toMs).toBeGreaterThanOrEqual(1_500);
});

test('nothing is surely new before everything has been loaded', () => {
  const fingerprints = createFingerprints(WINDOW_MS);
  expect(fingerprints.isLoaded).toBe(false);
  fingerprints.markLoaded();
  expect(fingerprints.isLoaded).toBe(true);
  fingerprints.clear();
  expect(fingerprints.isLoaded).toBe(false);
});
