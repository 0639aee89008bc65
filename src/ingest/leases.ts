/**
 * Which partitions this process consumes.
 *
 * For one partition, as this process sees it:
 *   other     somebody else's, or nobody's. Each tick its lease is read. It becomes ours when it is free, or when its holder
 *             is dead: its beat stood still for LEASE_MS, or its connection to Redis has been gone for GONE_MS. Both are
 *             measured on this process's monotonic clock from the moment it first saw it so; no clock is ever compared
 *             with another machine's, and Redis's expiry is not used because it follows the wall clock.
 *   held      ours: `onGained` was called with the lease, the beat is renewed every RENEW_MS. Ends as:
 *   lost      a script answered that the token is not ours any more. `lost` is aborted; nothing may be done with it.
 *   leaving   this process holds more than its share, or stops: `leave` is aborted, the loop finishes what is sealed
 *             and calls release().
 *
 * Share: partitions divided by living consumers, rounded up. Below its share a process takes what is free; what has
 * been free for IDLE_MS it takes whatever its share is, because a list of consumers can be wrong for a while and an unread
 * partition is worse than an uneven one.
 *
 * Seat: a supervisor starts its ingest processes one after the other, on one seat, which their consumer ids begin with. Whoever
 * was on our seat when we came is a predecessor, and dead: what it held is taken at once. Should it still draw breath, the
 * token keeps it out as it keeps out anybody whose lease was taken.
 *
 * A held lease is *fresh* while it was renewed less than FRESH_MS ago and Redis is connected. Inserts only start under
 * a fresh lease, so a process that was stopped and woke up, or lost Redis, does not start work that is somebody else's.
 */
import { performance } from 'node:perf_hooks';
import { StreamError } from '../errors.js';
import type { Redis } from '../redis/client.js';
import type { Lease, PartitionConsumer } from '../stream/consumer.js';
import type { Membership } from '../stream/membership.js';

/** How often other processes' leases are looked at, which writes nothing. */
const TICK_MS = 500;
/** How often this process shows that it lives: one small write for itself and one a held partition, synced together. */
const RENEW_MS = 2_000;
/** A holder whose beat stands still this long is dead: what a hung consumer delays its partitions by. */
const LEASE_MS = 8_000;
/** A holder whose connection is gone this long is dead: longer than a reconnect takes. */
const GONE_MS = 1_500;
/** Renewed longer ago than this, a lease is not trusted to start an insert; less than LEASE_MS by the time an insert takes. */
const FRESH_MS = 5_000;
/** A partition free for this long is taken even above the share. */
const IDLE_MS = 2_000;
/** A consumer whose beat stood still this long is taken off the list. */
const FORGET_MS = 60_000;

export interface HeldLease {
  readonly partition: number;
  readonly token: string;
  /** Aborted when the lease is lost. */
  readonly lost: AbortSignal;
  /** Aborted when the partition is to be given up in good order. */
  readonly leave: AbortSignal;
  /** True when an insert may be started. */
  isFresh(): boolean;
  /** Says that a script found the lease lost. */
  markLost(): void;
  /** Gives the lease back, or forgets it when it was lost. */
  release(): Promise<void>;
}

export interface LeaseKeeper {
  start(): void;
  /** Asks all loops to leave, and resolves when the last has released, or after `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>;
  readonly held: readonly number[];
}

export interface LeaseKeeperOptions {
  redis: Redis;
  membership: Membership;
  consumers: readonly PartitionConsumer[];
  consumerId: string;
  /** What the ids of this process and of its predecessors begin with; undefined when nobody's successor starts here. */
  seat?: string | undefined;
  onGained: (lease: HeldLease) => void;
  onError: (error: unknown) => void;
}

interface Held {
  lease: HeldLease;
  lostController: AbortController;
  leaveController: AbortController;
  renewedAt: number;
}

/** Since when something has looked the same. */
interface Watched {
  value: string;
  since: number;
  goneSince: number | undefined;
}

function watch(
  watches: Map<string, Watched>,
  key: string,
  value: string,
  isGone: boolean,
  now: number,
): Watched {
  let watched = watches.get(key);
  if (!watched || watched.value !== value) {
    watched = { value, since: now, goneSince: undefined };
    watches.set(key, watched);
  }
  watched.goneSince = isGone ? (watched.goneSince ?? now) : undefined;
  return watched;
}

const isDead = (watched: Watched, now: number): boolean =>
  now - watched.since >= LEASE_MS || (watched.goneSince !== undefined && now - watched.goneSince >= GONE_MS);

/** Keeps this process's share of the partitions. */
export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { redis, membership, consumers, consumerId, seat } = options;
  const held = new Map<number, Held>();
  const leaseWatches = new Map<string, Watched>();
  const consumerWatches = new Map<string, Watched>();
  /** Known from the first list of consumers on. */
  let predecessors: ReadonlySet<string> | undefined;
  let stopping = false;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let renewedFrom = '';
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> | undefined;
  let onEmpty: (() => void) | undefined;

  function drop(partition: number): void {
    held.delete(partition);
    if (held.size === 0) onEmpty?.();
  }

  function hold(consumer: PartitionConsumer, token: string, askedAt: number): void {
    const { partition } = consumer;
    const lostController = new AbortController();
    const leaveController = new AbortController();
    const entry: Held = {
      lostController,
      leaveController,
      renewedAt: askedAt,
      lease: {
        partition,
        token,
        lost: lostController.signal,
        leave: leaveController.signal,
        isFresh: () =>
          !lostController.signal.aborted && redis.isReady && performance.now() - entry.renewedAt < FRESH_MS,
        markLost: () => lostController.abort(),
        async release() {
          if (!lostController.signal.aborted) {
            lostController.abort();
            await consumer.release(token).catch(options.onError);
          }
          if (held.get(partition) === entry) drop(partition);
        },
      },
    };
    held.set(partition, entry);
    options.onGained(entry.lease);
  }

  /** Every RENEW_MS, and at once after a reconnect, before others see the old connection gone. */
  async function renewHeld(): Promise<void> {
    const connection = await membership.readConnection();
    const askedAt = performance.now();
    if (connection === renewedFrom && askedAt - renewedAt < RENEW_MS) return;
    const renewals = [...held.values()].map(async (entry) => {
      if (entry.lostController.signal.aborted) return;
      const isOurs = await consumers[entry.lease.partition]!.renew(entry.lease.token, connection);
      if (isOurs) entry.renewedAt = askedAt;
      else entry.lostController.abort();
    });
    await Promise.all([...renewals, membership.beat(consumerId)]);
    renewedFrom = connection;
    renewedAt = askedAt;
  }

  const isPredecessor = (id: string): boolean =>
    seat !== undefined && id !== consumerId && id.startsWith(seat);

  async function countConsumers(): Promise<number> {
    const all = await membership.list();
    predecessors ??= new Set([...all.keys()].filter((id) => isPredecessor(id)));
    const gone = await membership.findGone([...all.values()].map((beat) => beat.split(' ')[1] ?? ''));
    const now = performance.now();
    const forgotten: string[] = [];
    let alive = 0;
    for (const [id, beat] of all) {
      const watched = watch(consumerWatches, id, beat, gone.has(beat.split(' ')[1] ?? ''), now);
      if (predecessors.has(id)) forgotten.push(id);
      else if (id === consumerId || !isDead(watched, now)) alive += 1;
      else if (now - watched.since >= FORGET_MS) forgotten.push(id);
    }
    for (const id of consumerWatches.keys()) if (!all.has(id)) consumerWatches.delete(id);
    await membership.forget(forgotten);
    return Math.max(1, alive);
  }

  /** Takes at most as many partitions as the share leaves room for; and those nobody reads. */
  async function takeFree(share: number): Promise<void> {
    const others = consumers.filter((consumer) => !held.has(consumer.partition));
    const leases = await Promise.all(others.map((consumer) => consumer.readLease()));
    const gone = await membership.findGone(leases.flatMap((lease) => (lease ? [lease.connection] : [])));
    const connection = await membership.readConnection();
    const now = performance.now();
    for (const [i, consumer] of others.entries()) {
      const lease = leases[i];
      const value = lease ? `${lease.token}/${lease.beat}` : 'free';
      const watched = watch(
        leaseWatches,
        String(consumer.partition),
        value,
        lease !== undefined && gone.has(lease.connection),
        now,
      );
      const isInherited = lease !== undefined && predecessors?.has(lease.owner) === true;
      const isFree = lease === undefined || isInherited || isDead(watched, now);
      const isIdle = now - (watched.goneSince ?? watched.since) >= IDLE_MS;
      if (stopping || !isFree || (held.size >= share && !isIdle)) continue;
      await take(consumer, connection, lease);
    }
  }

  async function take(
    consumer: PartitionConsumer,
    connection: string,
    dead: Lease | undefined,
  ): Promise<void> {
    const askedAt = performance.now();
    const token = await consumer.acquire(consumerId, connection, dead);
    if (token !== undefined) hold(consumer, token, askedAt);
  }

  function giveUpExcess(share: number): void {
    const staying = [...held.values()].filter((entry) => !entry.leaveController.signal.aborted);
    for (const entry of staying.slice(share)) entry.leaveController.abort();
  }

  async function tick(): Promise<void> {
    try {
      await renewHeld();
      if (stopping) return;
      const share = Math.ceil(consumers.length / (await countConsumers()));
      await takeFree(share);
      giveUpExcess(share);
    } catch (error) {
      // Redis is away: nothing can be renewed or taken, leases stop being fresh by themselves.
      if (!(error instanceof StreamError && error.retryable)) options.onError(error);
    }
  }

  function schedule(delayMs: number): void {
    timer = setTimeout(() => {
      ticking = tick().finally(() => {
        if (timer !== undefined) schedule(TICK_MS);
      });
    }, delayMs);
  }

  return {
    start: () => schedule(0),
    async stop(timeoutMs) {
      stopping = true;
      for (const entry of held.values()) entry.leaveController.abort();
      // A tick under way may still gain a partition: it is asked to leave below.
      await ticking;
      for (const entry of held.values()) entry.leaveController.abort();
      if (held.size > 0) {
        await new Promise<void>((resolve) => {
          const limit = setTimeout(resolve, timeoutMs);
          onEmpty = () => {
            clearTimeout(limit);
            resolve();
          };
        });
      }
      clearTimeout(timer);
      timer = undefined;
      for (const entry of held.values()) entry.lostController.abort();
      await membership.forget([consumerId]).catch(() => {});
    },
    get held() {
      return [...held.keys()];
    },
  };
}
