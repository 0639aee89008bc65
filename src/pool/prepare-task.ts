/**
 * How a prepare task and its batch cross to a worker thread and back. Bodies are packed into one buffer that is moved:
 * an entry's body is often a view of a much larger reply, and posting a view would copy the whole of that reply. The
 * caller keeps its entries, so it can try again. Of the batch every buffer is moved.
 */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { PreparedBatch, PrepareTask } from '../event/prepared.js';
import type { Entry } from '../event/types.js';
import type { RoutedTypes } from '../pipeline/judgement.js';
import { prepareBatch, prepareBatchWith } from '../pipeline/prepare.js';
import type { PluginSettings } from '../plugins/process.js';
import { createPluginRunner, type PluginRunner, type PluginSet } from '../plugins/runner.js';
import { type CompiledRuleSet, createRuleSet, type RegistrySnapshot } from '../registry/rule-set.js';
import { NO_RULES, type RuleSet } from '../registry/rules.js';

export interface PackedTask {
  /** The entries without their bodies. */
  heads: Omit<Entry, 'body'>[];
  bodies: Uint8Array<ArrayBuffer>;
  /** Body n is bodies[offsets[n], offsets[n + 1]). */
  offsets: Uint32Array;
  partition: number;
  seq: number;
  exclude: Uint32Array | undefined;
  judges: Judges;
}

/** Every project's event types as JSON, in memory that all threads see: a task refers to it and carries nothing. */
export interface SharedRegistry {
  revision: number;
  json: Uint8Array<SharedArrayBuffer>;
}

/** One state of the plugin folder, likewise. */
export interface SharedPlugins {
  revision: string;
  json: Uint8Array<SharedArrayBuffer>;
}

/** Which types routes name, likewise. */
export interface SharedRoutes {
  json: Uint8Array<SharedArrayBuffer>;
}

/** What a task is judged by. */
export interface Judges {
  registry?: SharedRegistry | undefined;
  plugins?: SharedPlugins | undefined;
  routes?: SharedRoutes | undefined;
}

function share(value: object): Uint8Array<SharedArrayBuffer> {
  const text = Buffer.from(JSON.stringify(value));
  const json = new Uint8Array(new SharedArrayBuffer(text.length));
  json.set(text);
  return json;
}

export const shareRegistry = (snapshot: RegistrySnapshot): SharedRegistry => ({
  revision: snapshot.revision,
  json: share(snapshot),
});

export const shareRoutes = (types: Readonly<Record<string, readonly string[]>>): SharedRoutes => ({
  json: share(types),
});

export const sharePlugins = (set: PluginSet, settings: PluginSettings): SharedPlugins => ({
  revision: set.revision,
  json: share({ set, settings }),
});

export function packTask(task: PrepareTask, judges: Judges): PackedTask {
  const { entries, partition, seq, exclude } = task;
  const total = entries.reduce((sum, { body }) => sum + body.length, 0);
  const bodies = new Uint8Array(total);
  const offsets = new Uint32Array(entries.length + 1);
  let at = 0;
  const heads = entries.map(({ body, ...head }, n) => {
    bodies.set(body, at);
    at += body.length;
    offsets[n + 1] = at;
    return head;
  });
  return { heads, bodies, offsets, partition, seq, exclude, judges };
}

function unpackTask({ heads, bodies, offsets, partition, seq, exclude }: PackedTask): PrepareTask {
  const entries = heads.map((head, n) => ({ ...head, body: bodies.subarray(offsets[n], offsets[n + 1]) }));
  return exclude === undefined ? { entries, partition, seq } : { entries, partition, seq, exclude };
}

/** The rules this thread has compiled; types that a new revision does not change stay compiled. */
let rules: CompiledRuleSet | undefined;

function findRules(registry: SharedRegistry | undefined): RuleSet {
  if (registry === undefined) return NO_RULES;
  if (rules?.revision !== registry.revision) {
    const snapshot = JSON.parse(Buffer.from(registry.json).toString()) as RegistrySnapshot;
    rules = createRuleSet(snapshot, { previous: rules });
  }
  return rules;
}

/** The plugins of this thread, in a process that lives as long as they are the newest. */
let runner: PluginRunner | undefined;

function findRunner({ revision, json }: SharedPlugins): PluginRunner {
  if (runner?.revision !== revision) {
    runner?.stop();
    const { set, settings } = JSON.parse(Buffer.from(json).toString()) as {
      set: PluginSet;
      settings: PluginSettings;
    };
    runner = createPluginRunner(set, settings);
  }
  return runner;
}

function readRoutes({ json }: SharedRoutes): RoutedTypes {
  const types = JSON.parse(Buffer.from(json).toString()) as Record<string, string[]>;
  return new Map(Object.entries(types).map(([project, events]) => [project, new Set(events)]));
}

/** Runs in the worker thread. */
export async function handlePackedTask(packed: PackedTask): Promise<unknown> {
  const { registry, plugins, routes } = packed.judges;
  const routedTypes = routes && readRoutes(routes);
  const task = unpackTask(packed);
  const batch = plugins
    ? await prepareBatchWith(task, findRules(registry), findRunner(plugins).forTask(), routedTypes)
    : prepareBatch(task, findRules(registry), routedTypes);
  return move({
    get [transferableSymbol]() {
      return listBuffers(batch);
    },
    get [valueSymbol]() {
      return batch;
    },
  });
}

function listBuffers(batch: PreparedBatch): ArrayBufferLike[] {
  const columns = [...Object.values(batch), ...Object.values(batch.live)];
  const views = columns.filter((value) => ArrayBuffer.isView(value));
  return views.map((view) => view.buffer);
}
