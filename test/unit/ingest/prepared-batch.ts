import type { PreparedBatch } from '../../../src/event/prepared.js';
import { prepareBatch } from '../../../src/pipeline/prepare.js';

/** A prepared batch in which only what a test is about is filled in. */
export const makePrepared = (filled: Partial<PreparedBatch>): PreparedBatch => ({
  ...prepareBatch({ entries: [], partition: 0, seq: 1 }),
  ...filled,
});
