/** Adds up what the units did: counts and times of each step, of each breakdown value, bucket and path. */
import { addSample, addValue, createSample, type Sample } from '../quantile.js';
import { findBucket } from '../time/buckets.js';
import type { Outcome } from './chain-search.js';
import { createGraphReader, type GraphOutcome } from './graph-outcome.js';
import type { Program } from './program.js';
import type { FunnelQuestion } from './request.js';

export interface Tally {
  readonly counts: Float64Array;
  /** Entered units that reached a last step. */
  complete: number;
  entered: number;
  /** Milliseconds to each step from the one before, and from first to last. Empty when times are not asked for. */
  readonly deltas: (Sample | undefined)[];
  readonly totals: Sample;
  /** Sum of the events' numbers at each step, and of the whole chain's at the end; how many units had one. Empty when not asked for. */
  readonly amountSums: Float64Array;
  readonly amountUnits: Float64Array;
  /** Graphs: units on each edge, with a chain along each whole path, and whose canonical chain is that path. */
  readonly edges: Float64Array;
  readonly paths: Float64Array;
  readonly firstPaths: Float64Array;
  /** Graphs: units that reached the step and left it along no edge, and those that reached a step before it. */
  readonly dropped: Float64Array;
  readonly before: Float64Array;
}

/** What began in one bucket of the trend. */
export interface Bucket {
  readonly counts: Float64Array;
  entered: number;
  complete: number;
}

export interface FunnelTally {
  readonly total: Tally;
  readonly trend: readonly Bucket[];
  readonly groups: ReadonlyMap<string, Tally>;
  add(outcome: Outcome): void;
  addTo(value: string, outcome: Outcome): void;
}

/** @param question what is asked; its graph's edges are counted in their order */
export function createTally(question: FunnelQuestion, program: Program): FunnelTally {
  const { definition, times, trend, value } = question;
  const graph = definition.graph;
  const readGraph = graph && createGraphReader(graph, program);
  const requiredSteps = [...program.optional.keys()].filter((step) => program.optional[step] === 0);

  const create = (): Tally => ({
    counts: new Float64Array(program.stepCount),
    complete: 0,
    entered: 0,
    deltas: new Array<Sample | undefined>(program.stepCount),
    totals: createSample(),
    amountSums: new Float64Array(value ? program.stepCount + 1 : 0),
    amountUnits: new Float64Array(value ? program.stepCount + 1 : 0),
    edges: new Float64Array(graph?.edges.length ?? 0),
    paths: new Float64Array(graph ? program.routes.length : 0),
    firstPaths: new Float64Array(graph ? program.routes.length : 0),
    dropped: new Float64Array(program.stepCount),
    before: new Float64Array(program.stepCount),
  });

  function count(tally: Tally, outcome: Outcome): void {
    tally.entered++;
    for (let step = 0; step < program.stepCount; step++) {
      if (outcome.reached[step] === 1) tally.counts[step]!++;
      const delta = outcome.deltas[step]!;
      if (times && !Number.isNaN(delta)) addValue(findSample(tally, step), delta);
    }
    if (outcome.complete) tally.complete++;
    if (outcome.complete && times) addValue(tally.totals, outcome.endMs - outcome.startMs);
    if (value) countAmounts(tally, outcome, value.step);
    if (readGraph) countGraph(tally, outcome, readGraph(outcome));
  }

  /** Steps of the canonical chain, in their order. Without order a chain's place is taken for the step. */
  const stepsOf = ({ route }: Outcome): readonly number[] =>
    graph ? program.routes[route]!.steps : requiredSteps;

  function countAmounts(tally: Tally, outcome: Outcome, wanted: number | undefined): void {
    const { amountSums, amountUnits } = tally;
    const steps = stepsOf(outcome);
    const fixed = wanted === undefined ? -1 : steps.indexOf(wanted);
    const addAmount = (place: number, position: number): void => {
      const amount = position < 0 || position >= outcome.level ? Number.NaN : outcome.amounts[position]!;
      if (Number.isNaN(amount)) return;
      amountSums[place]! += amount;
      amountUnits[place]!++;
    };
    for (let position = 0; position < outcome.level; position++)
      addAmount(steps[position]!, wanted === undefined ? position : fixed);
    if (outcome.complete) addAmount(program.stepCount, wanted === undefined ? outcome.level - 1 : fixed);
  }

  function countGraph(tally: Tally, outcome: Outcome, { edges, dropped, before }: GraphOutcome): void {
    for (const [route, { steps }] of program.routes.entries())
      if (outcome.routeLevels[route] === steps.length) tally.paths[route]!++;
    for (let edge = 0; edge < edges.length; edge++) tally.edges[edge]! += edges[edge]!;
    for (let step = 0; step < program.stepCount; step++) {
      tally.dropped[step]! += dropped[step]!;
      tally.before[step]! += before[step]!;
    }
    if (outcome.firstRoute >= 0) tally.firstPaths[outcome.firstRoute]!++;
  }

  const total = create();
  const buckets: Bucket[] = Array.from({ length: trend ? trend.bounds.length - 1 : 0 }, () => ({
    counts: new Float64Array(program.stepCount),
    entered: 0,
    complete: 0,
  }));
  const groups = new Map<string, Tally>();
  return {
    total,
    trend: buckets,
    groups,
    add(outcome) {
      count(total, outcome);
      if (!trend) return;
      const bucket = buckets[findBucket(trend.bounds, outcome.startMs)]!;
      bucket.entered++;
      if (outcome.complete) bucket.complete++;
      for (let step = 0; step < program.stepCount; step++) bucket.counts[step]! += outcome.reached[step]!;
    },
    addTo(value, outcome) {
      let group = groups.get(value);
      if (!group) {
        group = create();
        groups.set(value, group);
      }
      count(group, outcome);
    },
  };
}

/** The sample of a step, made when first needed: most breakdown values reach few steps. */
function findSample({ deltas }: Tally, step: number): Sample {
  const sample = deltas[step] ?? createSample();
  deltas[step] = sample;
  return sample;
}

function addInto(into: Float64Array, from: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i]! += from[i]!;
}

/** The tally of several disjoint groups together. */
export function mergeTallies(into: Tally, from: Tally): void {
  for (const key of [
    'counts',
    'amountSums',
    'amountUnits',
    'edges',
    'paths',
    'firstPaths',
    'dropped',
    'before',
  ] as const)
    addInto(into[key], from[key]);
  into.complete += from.complete;
  into.entered += from.entered;
  for (const [step, sample] of from.deltas.entries()) if (sample) addSample(findSample(into, step), sample);
  addSample(into.totals, from.totals);
}
