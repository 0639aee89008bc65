/** What a funnel is: the definition as it is written, and what it means. */
import * as v from 'valibot';
import {
  durationSchema,
  type EventMatch,
  eventMatchEntries,
  type NamedProperty,
  propertySchema,
  type RawEventMatch,
  readEventMatch,
  refuseField,
} from '../request.js';
import { type Graph, readGraph } from './graph.js';

/** Each step is a condition on every event read and a column of the answer. */
const MAX_STEPS = 100;
const MAX_EXCLUSIONS = 10;
const MAX_HOLD = 5;

export interface Step extends EventMatch {
  readonly id: string;
  readonly label: string;
  readonly optional: boolean;
  readonly withinMs: number | undefined;
}

/** Steps are counted from 0 here, from 1 in the request. Without them a chain is looked at from its beginning, to its end. */
export interface Exclusion extends EventMatch {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** What a funnel is: everything of it that can be saved. */
export interface FunnelDefinition {
  readonly steps: readonly Step[];
  readonly windowMs: number;
  readonly order: 'ordered' | 'strict' | 'unordered';
  readonly ties: 'any' | 'strict';
  readonly count: 'users' | 'sessions' | 'conversions';
  readonly reentry: 'best' | 'first';
  readonly hold: readonly NamedProperty[];
  readonly exclusions: readonly Exclusion[];
  readonly graph: Graph | undefined;
}

const stepSchema = v.strictObject({
  ...eventMatchEntries,
  id: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(100))),
  label: v.optional(v.pipe(v.string(), v.maxLength(200))),
  optional: v.optional(v.boolean(), false),
  within: v.optional(durationSchema),
});

export const stepNumberSchema = v.pipe(
  v.number('Steps are counted from 1.'),
  v.integer('Steps are counted from 1.'),
  v.minValue(1, 'Steps are counted from 1.'),
);

const exclusionSchema = v.strictObject({
  ...eventMatchEntries,
  from_step: v.optional(stepNumberSchema),
  to_step: v.optional(stepNumberSchema),
});

const edgeSchema = v.strictObject({ from: v.string(), to: v.string(), within: v.optional(durationSchema) });
const edgesSchema = v.pipe(v.array(edgeSchema), v.minLength(1, 'A graph has at least one edge.'));

export const definitionEntries = {
  steps: v.pipe(
    v.array(stepSchema, 'steps is an array of {event, where?, …}.'),
    v.minLength(2, 'A funnel has at least two steps.'),
    v.maxLength(MAX_STEPS, `A funnel has at most ${MAX_STEPS} steps.`),
  ),
  window: durationSchema,
  order: v.optional(
    v.picklist(['ordered', 'strict', 'unordered'], 'order is "ordered", "strict" or "unordered".'),
    'ordered',
  ),
  ties: v.optional(v.picklist(['any', 'strict'], 'ties is "any" or "strict".'), 'any'),
  count: v.optional(
    v.picklist(['users', 'sessions', 'conversions'], 'count is "users", "sessions" or "conversions".'),
  ),
  reentry: v.optional(
    v.picklist(['best', 'first', 'every'], 'reentry is "best", "first" or "every".'),
    'best',
  ),
  hold: v.optional(
    v.pipe(v.array(propertySchema), v.maxLength(MAX_HOLD, `hold names at most ${MAX_HOLD} properties.`)),
    [],
  ),
  exclusions: v.optional(
    v.pipe(
      v.array(exclusionSchema),
      v.maxLength(MAX_EXCLUSIONS, `A funnel has at most ${MAX_EXCLUSIONS} exclusions.`),
    ),
    [],
  ),
  paths: v.optional(
    v.union(
      [edgesSchema, v.strictObject({ edges: edgesSchema })],
      'paths is an array of {from, to, within?}.',
    ),
  ),
};

/** A funnel without a question, as it is saved; `name` is the keeper's business. */
export const definitionSchema = v.strictObject(definitionEntries);

/** Reads a definition: everything that can be wrong with a funnel whatever is asked of it. @throws RequestError 422 */
export function readDefinition(raw: v.InferOutput<typeof definitionSchema>): FunnelDefinition {
  const steps = raw.steps.map((step, index) => {
    const match = readEventMatch(step, `steps[${index}]`);
    const id = step.id ?? String(index + 1);
    return {
      ...match,
      id,
      label: step.label ?? match.events.join(' or '),
      optional: step.optional,
      withinMs: step.within,
    };
  });
  const definition: FunnelDefinition = {
    steps,
    windowMs: raw.window,
    order: raw.order,
    ties: raw.ties,
    ...readEntries(raw),
    hold: raw.hold,
    exclusions: raw.exclusions.map((exclusion, index) => readExclusion(exclusion, index, steps.length)),
    graph: raw.paths && readGraph(steps, Array.isArray(raw.paths) ? raw.paths : raw.paths.edges),
  };
  refuseCombinations(definition);
  return definition;
}

/** `reentry: "every"` and `count: "conversions"` say the same. */
function readEntries({
  count,
  reentry,
}: Pick<v.InferOutput<typeof definitionSchema>, 'count' | 'reentry'>): Pick<
  FunnelDefinition,
  'count' | 'reentry'
> {
  if (reentry === 'first' && count === 'conversions')
    throw refuseField(
      'reentry',
      'count: "conversions" counts every entry, not only the first: leave out reentry.',
    );
  if (reentry !== 'every') return { count: count ?? 'users', reentry };
  if (count !== undefined && count !== 'conversions')
    throw refuseField(
      'reentry',
      `reentry: "every" counts entries, not ${count}: leave out count, or ask for count: "conversions".`,
    );
  return { count: 'conversions', reentry: 'best' };
}

function readExclusion(
  raw: RawEventMatch & { from_step?: number | undefined; to_step?: number | undefined },
  index: number,
  stepCount: number,
): Exclusion {
  const from = raw.from_step ?? 1;
  const to = raw.to_step ?? stepCount;
  const path = `exclusions[${index}]`;
  if (to > stepCount) throw refuseField(`${path}.to_step`, `The funnel has ${stepCount} steps.`);
  if (from >= to) throw refuseField(`${path}.from_step`, 'An exclusion reaches from a step to a later one.');
  return {
    ...readEventMatch(raw, path),
    from: raw.from_step === undefined ? undefined : from - 1,
    to: raw.to_step === undefined ? undefined : to - 1,
  };
}

function refuseCombinations({ steps, order, exclusions, graph }: FunnelDefinition): void {
  const timed = steps.findIndex(({ withinMs }) => withinMs !== undefined);
  const optional = steps.findIndex((step) => step.optional);
  if (order === 'unordered') {
    if (timed >= 0)
      throw refuseField(
        `steps[${timed}].within`,
        'Steps without order have no step before them: leave out within.',
      );
    if (exclusions.length > 0)
      throw refuseField('exclusions', 'Exclusions lie between steps; steps without order have no between.');
    if (optional >= 0)
      throw refuseField(
        `steps[${optional}].optional`,
        'Without order a step is optional by itself: leave out optional.',
      );
    if (graph) throw refuseField('paths', 'A graph is an order: leave out order: "unordered".');
  }
  if (timed === 0) throw refuseField('steps[0].within', 'The first step has no step before it.');
  if (optional < 0) return;
  if (graph)
    throw refuseField(
      `steps[${optional}].optional`,
      'In a graph, draw an edge around a step that may be left out.',
    );
  if (optional === 0) throw refuseField('steps[0].optional', 'The first step cannot be optional.');
  if (steps[steps.length - 1]!.optional)
    throw refuseField(`steps[${steps.length - 1}].optional`, 'The last step cannot be optional.');
}
