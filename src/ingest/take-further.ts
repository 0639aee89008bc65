/**
 * What a stored batch entails beside its rows: what it says about people, and what routes take from it. It is done every time, also
 * when all rows were there already, because whoever stored them may have died before this; doing it again adds nothing.
 */
import type { PreparedBatch } from '../event/prepared.js';
import type { Identity } from '../identity/identity.js';
import type { Deliverer } from '../routing/deliver.js';
import { faultPoint } from '../stream/fault-point.js';
import type { BatchRange } from './tables.js';

export interface Takers {
  identity: Identity;
  /** Absent: there are no routes. */
  routing?: Deliverer;
}

/** Repeats the work until it succeeds, or the engine has refused it so often that it never will. */
export type Insist = (work: () => Promise<void>) => Promise<void>;

const collect = (batches: readonly PreparedBatch[], list: (batch: PreparedBatch) => readonly string[]) => [
  ...new Set(batches.flatMap(list)),
];

/** Takes it all. Throws what `insist` does. */
export async function takeFurther(
  { identity, routing }: Takers,
  range: BatchRange,
  batches: readonly PreparedBatch[],
  insist: Insist,
): Promise<void> {
  const links = collect(batches, ({ people }) => people.links);
  const changes = collect(batches, ({ people }) => people.changes);
  if (links.length + changes.length > 0)
    await insist(async () => {
      faultPoint('before-people');
      await identity.takeBatch(range, { links, changes });
      faultPoint('after-people');
    });
  const routed = collect(batches, (batch) => batch.routed);
  if (routing !== undefined && routed.length > 0)
    await insist(async () => {
      faultPoint('before-routes');
      await routing.deliver(range, routed);
      faultPoint('after-routes');
    });
}
