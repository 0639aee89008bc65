import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry } from '../../../src/event/types.js';
import { fitBatch, weighWork } from '../../../src/ingest/batch-limits.js';

const limits = { rowsMax: 100, bytesMax: 1_000, ageMs: 0 };

const entry = (eventCount: number, bytes: number, encoding: Entry['encoding'] = ''): Entry => ({
  partition: 0,
  id: '1-0',
  project: 'p',
  format: 'events',
  encoding,
  eventCount,
  receivedAtMs: 1,
  ip: '',
  userAgent: '',
  body: new Uint8Array(bytes),
});

test('a batch is never over its limits unless a single entry is', () => {
  const entries = fc.array(fc.tuple(fc.nat(120), fc.nat(1_200)), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(entries, (sizes) => {
      const gathered = sizes.map(([events, bytes]) => entry(events, bytes));
      const fit = fitBatch(gathered, limits);
      expect(fit.entries).toBeGreaterThan(0);
      const batch = gathered.slice(0, fit.entries);
      if (batch.length > 1) {
        expect(batch.reduce((sum, one) => sum + one.eventCount, 0)).toBeLessThanOrEqual(limits.rowsMax);
        expect(batch.reduce((sum, one) => sum + weighWork(one), 0)).toBeLessThanOrEqual(limits.bytesMax);
      }
      if (fit.entries < gathered.length) expect(fit.isFull).toBe(true);
    }),
  );
});

test('a compressed body counts for what it may become', () => {
  expect(fitBatch([entry(1, 300, 'gzip')], limits).isFull).toBe(true);
  expect(fitBatch([entry(1, 300)], limits).isFull).toBe(false);
});
