/**
 * Entries in, an insertable batch out: what a worker thread does. Pure but for the clock that measures the stages; the
 * same task gives the same batch. A payload that cannot be read at all, or an event of it, costs only itself.
 */
import { BoundaryError } from '../errors.js';
import {
  type DecodedChunk,
  isPayloadProblem,
  type OpenPayload,
  openPayload,
  readChunks,
  sliceEvent,
} from '../event/decode.js';
import { inflateSync, isInflated } from '../event/inflate.js';
import type { JsonObject } from '../event/json.js';
import { PAYLOAD_BYTES_MAX, REJECTED_BYTES_MAX, TASK_BYTES_MAX } from '../event/limits.js';
import { describeWhole, type PayloadProblem } from '../event/payload-problem.js';
import type { PreparedBatch, PrepareTask } from '../event/prepared.js';
import { type Entry, formatPayloadId, type Problem, type RejectedEvent } from '../event/types.js';
import { createPayloadScope, NO_RULES, type RuleSet } from '../registry/rules.js';
import { BatchBuilder } from './batch-builder.js';
import { Draft, type PayloadFacts } from './draft.js';
import { createPayloadClocks } from './enrich/clock.js';
import { describeSender } from './enrich/sender.js';
import type { Judgement, RoutedTypes } from './judgement.js';
import type { PluginAnswer, PluginCall, PluginDescriptor, PluginHost, PluginPlace } from './plugin-call.js';
import { PluginErrors } from './plugin-errors.js';
import { applyTurn, planTurn } from './plugin-stage.js';
import { describeReject } from './reject.js';
import { runStage, STAGES } from './stages.js';

/**
 * Prepares a task. Throws for a task beyond TASK_BYTES_MAX or REJECTED_BYTES_MAX, or a batch beyond BATCH_BYTES_MAX;
 * otherwise only by mistake.
 */
export function prepareBatch(
  task: PrepareTask,
  rules: RuleSet = NO_RULES,
  routedTypes?: RoutedTypes,
): PreparedBatch {
  const step = new Preparation(task, rules, undefined, routedTypes).run().next();
  if (!step.done) throw new Error('a plugin is asked for where there are none');
  return step.value;
}

/** The same with users' own stages, which are waited for. Without any it does what prepareBatch does. */
export async function prepareBatchWith(
  task: PrepareTask,
  rules: RuleSet,
  host: PluginHost,
  routedTypes?: RoutedTypes,
): Promise<PreparedBatch> {
  const steps = new Preparation(task, rules, host.plugins, routedTypes).run();
  let step = steps.next();
  while (!step.done) step = steps.next(await host.run(step.value));
  return step.value;
}

/** Where a preparation waits for plugins: it yields what they shall see and is given what they say. */
type Steps<T> = Generator<PluginCall, T, PluginAnswer>;

class Preparation {
  private readonly builder: BatchBuilder;
  private readonly rejects: RejectedEvent[] = [];
  private readonly observed: PreparedBatch['observed'] = [];
  private readonly entryEvents: Uint32Array;
  private readonly entryDropped: Uint32Array;
  private readonly stageMs: Record<string, number> = { decode: 0 };
  private readonly pluginErrors = new PluginErrors();
  private readonly routed = new Set<string>();
  private readonly hasPlugins: boolean;
  private inflatedBytes = 0;
  private workBytes = 0;
  private rejectedBytes = 0;

  constructor(
    private readonly task: PrepareTask,
    private readonly rules: RuleSet,
    private readonly plugins: readonly PluginDescriptor[] | undefined,
    private readonly routedTypes: RoutedTypes | undefined,
  ) {
    this.hasPlugins = plugins !== undefined && (plugins.length > 0 || rules.asksPlugins === true);
    this.builder = new BatchBuilder(task.partition, task.seq, task.exclude);
    this.entryEvents = new Uint32Array(task.entries.length);
    this.entryDropped = new Uint32Array(task.entries.length);
    for (const { name } of STAGES) this.stageMs[name] = 0;
    this.stageMs.encode = 0;
  }

  *run(): Steps<PreparedBatch> {
    for (const [ordinal, entry] of this.task.entries.entries()) yield* this.prepareEntry(entry, ordinal);
    const start = performance.now();
    const built = this.builder.finish();
    this.measure('encode', start);
    return {
      ...built,
      rejects: this.rejects,
      observed: this.observed,
      entryEvents: this.entryEvents,
      entryDropped: this.entryDropped,
      inflatedBytes: this.inflatedBytes,
      pluginErrors: this.pluginErrors.list(),
      routed: [...this.routed],
      stageMs: this.stageMs,
    };
  }

  /** Adds the time since `start` to a stage and returns the time now. */
  private measure(stage: string, start: number): number {
    const now = performance.now();
    this.stageMs[stage]! += now - start;
    return now;
  }

  private *prepareEntry(entry: Entry, ordinal: number): Steps<void> {
    let start = performance.now();
    const bytes = inflateSync(entry.encoding, entry.body, PAYLOAD_BYTES_MAX);
    const opened = isInflated(bytes) ? openPayload(entry.format, bytes) : describeWhole(bytes.message);
    if (isPayloadProblem(opened)) {
      this.rejectPayload(entry, ordinal, opened);
      this.measure('decode', start);
      return;
    }
    const { scan, wrapper } = opened;
    this.inflatedBytes += opened.bytes.length;
    this.countWork(opened.bytes.length + scan.wrapperBytes * scan.eventCount);
    this.entryEvents[ordinal] = scan.eventCount;
    const payload = describePayload(entry, wrapper);
    const { rules, routedTypes, routed } = this;
    const scope = createPayloadScope();
    const judgement = { rules, scope, observed: new Map<string, number>(), routedTypes, routed };
    for (const chunk of readChunks(opened)) {
      start = this.measure('decode', start);
      let drafts = createDrafts(opened, chunk);
      for (const stage of STAGES) {
        runStage(stage, drafts, payload, judgement);
        start = this.measure(stage.name, start);
        if (!this.hasPlugins || stage.plugins === undefined) continue;
        const decoded = drafts.length;
        drafts = yield* this.askPlugins(stage.plugins, drafts, payload, judgement);
        this.entryEvents[ordinal]! += drafts.length - decoded;
        start = performance.now();
      }
      this.encode(drafts, payload, ordinal);
      this.reject(entry, payload, opened, chunk, drafts);
      start = this.measure('encode', start);
    }
    for (const [event, count] of judgement.observed)
      this.observed.push({ project: entry.project, event, count });
  }

  /** Shows drafts to a place's plugins; answers the drafts with the parts that some of them became. */
  private *askPlugins(
    place: PluginPlace,
    drafts: Draft[],
    payload: PayloadFacts,
    judgement: Judgement,
  ): Steps<Draft[]> {
    const turn = planTurn(place, drafts, payload, this.plugins ?? [], this.rules);
    if (turn === undefined) return drafts;
    const { outcomes, ms } = yield turn.call;
    for (const [plugin, spent] of Object.entries(ms)) {
      const stage = `plugin:${plugin}`;
      this.stageMs[stage] = (this.stageMs[stage] ?? 0) + spent;
    }
    this.pluginErrors.add(turn, outcomes);
    const parts = applyTurn(turn, outcomes, judgement);
    return parts.size === 0 ? drafts : drafts.flatMap((draft) => parts.get(draft) ?? [draft]);
  }

  /** A task that reads or rejects too much is given up; in halves it will do. */
  private countWork(bytes: number): void {
    this.workBytes += bytes;
    if (this.workBytes <= TASK_BYTES_MAX) return;
    throw new BoundaryError(`the task reads more than ${TASK_BYTES_MAX} bytes`, 'task_too_large', false);
  }

  private encode(drafts: readonly Draft[], payload: PayloadFacts, ordinal: number): void {
    for (const draft of drafts) {
      if (draft.problems !== undefined) continue;
      if (draft.dropped) this.entryDropped[ordinal]!++;
      else this.builder.append(draft, payload, ordinal);
    }
  }

  /** Notes the events that decode or a later stage refused, in their order in the payload. */
  private reject(
    entry: Entry,
    payload: PayloadFacts,
    { bytes, scan }: OpenPayload,
    { problems }: DecodedChunk,
    drafts: readonly Draft[],
  ): void {
    const refused: { index: number; problem: Problem; draft?: Draft }[] = [];
    for (const [index, problem] of problems) refused.push({ index, problem });
    for (const draft of drafts) {
      const problem = draft.problems?.[0];
      if (problem !== undefined) refused.push({ index: draft.index, problem, draft });
    }
    refused.sort((a, b) => a.index - b.index);
    for (const { index, problem, draft } of refused) {
      const raw = sliceEvent(bytes, scan, index);
      this.keepReject(describeReject(entry, payload.payloadId, index, problem, raw, draft));
    }
  }

  private keepReject(reject: RejectedEvent): void {
    this.rejects.push(reject);
    this.rejectedBytes += reject.raw.length;
    if (this.rejectedBytes <= REJECTED_BYTES_MAX) return;
    throw new BoundaryError(
      `the task rejects more than ${REJECTED_BYTES_MAX} bytes`,
      'task_too_large',
      false,
    );
  }

  /** Each event the front counted is rejected for the payload's sake; the text is kept with the first only. */
  private rejectPayload(entry: Entry, ordinal: number, { message }: PayloadProblem): void {
    const count = Math.max(1, entry.eventCount);
    this.entryEvents[ordinal] = count;
    const payloadId = formatPayloadId(entry.partition, entry.id);
    const problem: Problem = { code: 'malformed_json', path: '', message };
    for (let index = 0; index < count; index++) {
      const raw = index === 0 ? entry.body : new Uint8Array(0);
      this.keepReject(describeReject(entry, payloadId, index, problem, raw, undefined));
    }
  }
}

function describePayload(entry: Entry, wrapper: JsonObject | undefined): PayloadFacts {
  return {
    project: entry.project,
    payloadId: formatPayloadId(entry.partition, entry.id),
    format: entry.format,
    receivedAtMs: entry.receivedAtMs,
    wrapper,
    sender: describeSender(entry.ip, entry.userAgent),
    clocks: createPayloadClocks(entry.receivedAtMs),
  };
}

/** A draft for each event of a chunk that could be decoded. */
export function createDrafts(
  { scan }: OpenPayload,
  { first, next, values, problems }: DecodedChunk,
): Draft[] {
  const drafts: Draft[] = [];
  for (let index = first; index < next; index++) {
    if (problems.size > 0 && problems.has(index)) continue;
    const bytes = scan.ends[index]! - scan.starts[index]! + scan.wrapperBytes;
    drafts.push(new Draft(index, values[index - first]!, bytes));
  }
  return drafts;
}
