/**
 * The event types in force, in this process's memory: what the front judges small bodies by, and what the ingest process
 * gives its threads.
 *
 *   loaded         at start, and again whenever Postgres notifies of a change (within milliseconds, also after a
 *                  reconnection); a reload every RELOAD_INTERVAL_MS is the net under NOTIFY
 *   Postgres away  the last known types stay in force for as long as it takes
 *   started while Postgres is away   the last known types are read from Redis, where every load leaves a copy: at once
 *                  when Postgres refuses, after FIRST_LOAD_WAIT_MS when it is silent
 *
 * Types are read as a whole, under one revision: there are few of them, and what changed is compiled anew only when an event
 * of it comes (src/registry/rule-set.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Metadata } from '../metadata/metadata.js';
import type { Redis } from '../redis/client.js';
import { type CompiledRuleSet, createRuleSet, type RegistrySnapshot } from '../registry/rule-set.js';
import { readSnapshot } from './store.js';

const CHANNEL = 'weir_event_types';
const RELOAD_INTERVAL_MS = 30_000;
/** How long Postgres may be silent at the start before the copy in Redis is taken. */
const FIRST_LOAD_WAIT_MS = 3_000;
/** Pause between attempts at the start. */
const RETRY_MS = 500;
/** Where the last known types are kept for a start without Postgres. Not of a partition: every process reads it. */
const COPY_KEY = 'weir:event-types';
/** A copy larger than this is not kept: then a start without Postgres waits for it. */
const COPY_BYTES_MAX = 32 * 1024 * 1024;

/** Nothing registered: what holds until the first load. */
const EMPTY: RegistrySnapshot = { revision: 0, types: [], strictProjects: [] };

export interface LiveRegistry {
  /** The types in force, compiled as they are needed. */
  rules(): CompiledRuleSet;
  /** The same as plain data. */
  snapshot(): RegistrySnapshot;
  /** Reads them again now: after this process itself changed one. Throws MetadataError. */
  reload(): Promise<void>;
  /** Resolves when types are known, from Postgres or from the copy. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface LiveRegistryOptions {
  metadata: Metadata;
  redis: Redis;
  /** Called after each change of the types in force, the first load included. */
  onChange?: (snapshot: RegistrySnapshot) => void;
  onError?: (error: Error) => void;
}

/** Loads the event types in the background and keeps them current until closed. */
export function createLiveRegistry(options: LiveRegistryOptions): LiveRegistry {
  return new Live(options);
}

class Live implements LiveRegistry {
  readonly ready: Promise<void>;
  private current = EMPTY;
  private compiled = createRuleSet(EMPTY);
  private isKnown = false;
  private loading: Promise<void> | undefined;
  private again = false;
  private closed = false;
  private isCopying = false;
  private reportReady: () => void = () => {};
  private readonly unlisten: () => Promise<void>;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(private readonly options: LiveRegistryOptions) {
    this.ready = new Promise((resolve) => {
      this.reportReady = resolve;
    });
    this.unlisten = options.metadata.listen(CHANNEL, () => this.reloadQuietly());
    this.timers.push(
      setInterval(() => this.reloadQuietly(), RELOAD_INTERVAL_MS),
      setTimeout(() => void this.takeCopy(), FIRST_LOAD_WAIT_MS),
    );
    for (const timer of this.timers) timer.unref();
    // Not left to the first notification: a Postgres that is away does not notify.
    this.reload().catch(() => this.takeCopy());
  }

  rules(): CompiledRuleSet {
    return this.compiled;
  }

  snapshot(): RegistrySnapshot {
    return this.current;
  }

  /** A change notified during a load may have come too late for it, so it is followed by another one. */
  reload(): Promise<void> {
    if (this.loading !== undefined) {
      this.again = true;
      return this.loading;
    }
    this.loading = this.load().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async load(): Promise<void> {
    do {
      this.again = false;
      const snapshot = await readSnapshot(this.options.metadata);
      if (snapshot.revision !== this.current.revision || !this.isKnown) {
        this.apply(snapshot);
        this.leaveCopy(snapshot);
      }
    } while (this.again && !this.closed);
  }

  private reloadQuietly(): void {
    if (this.closed) return;
    this.reload().catch((error: Error) => this.options.onError?.(error));
  }

  private apply(snapshot: RegistrySnapshot): void {
    this.current = snapshot;
    this.compiled = createRuleSet(snapshot, {
      previous: this.compiled,
      onBroken: ({ project, name }, errors) => {
        const reason = errors[0]?.message ?? 'unknown';
        this.options.onError?.(new Error(`event type "${name}" of ${project} does not compile: ${reason}`));
      },
    });
    this.isKnown = true;
    this.options.onChange?.(snapshot);
    this.reportReady();
  }

  /** Nobody waits for it: it is for another day. */
  private leaveCopy(snapshot: RegistrySnapshot): void {
    const text = JSON.stringify(snapshot);
    if (text.length > COPY_BYTES_MAX) return;
    this.options.redis
      .command(['SET', COPY_KEY, text])
      .catch((error: Error) => this.options.onError?.(error));
  }

  /** At a start without Postgres: again and again, for Redis may be away too. */
  private async takeCopy(): Promise<void> {
    if (this.isCopying) return;
    this.isCopying = true;
    while (!this.isKnown && !this.closed) {
      try {
        const text = await this.options.redis.command<string | null>(['GET', COPY_KEY]);
        if (text !== null && !this.isKnown && !this.closed) this.apply(JSON.parse(text) as RegistrySnapshot);
      } catch (error) {
        this.options.onError?.(error instanceof Error ? error : new Error(String(error)));
      }
      if (!this.isKnown) await sleep(RETRY_MS, undefined, { ref: false });
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.timers) clearTimeout(timer);
    await this.unlisten();
    await this.loading?.catch(() => {});
  }
}
