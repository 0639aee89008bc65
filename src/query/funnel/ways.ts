/** Answers "what do people do between this step and the next, or instead of it". */
import * as v from 'valibot';
import type { QueryContext } from '../context.js';
import type { Explanation } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import { foldLinks, MARKS } from '../paths/fold-links.js';
import { eventNameSchema, parseRequest, refuseField } from '../request.js';
import { runFold } from './fold-thread.js';
import { chooseObserved, OBSERVED_MAX, refuseAnalysis } from './observe.js';
import { explainFolds, prepareFold } from './prepare.js';
import { type FunnelQuestion, readFunnelQuestion } from './request.js';
import { nameTruncated } from './unit-names.js';

const WAYS_MAX = 100;

const schema = v.looseObject({
  step: v.pipe(v.number('step is the number of a step, from 1.'), v.integer(), v.minValue(1)),
  events: v.optional(v.pipe(v.array(eventNameSchema), v.minLength(1), v.maxLength(OBSERVED_MAX))),
  length: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(15)), 5),
  collapse: v.optional(v.boolean(), true),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(50)), 8),
});

export interface WaysAnswer {
  readonly step: { readonly index: number; readonly label: string };
  readonly next: { readonly index: number; readonly label: string };
  readonly reached: number;
  readonly converted: number;
  readonly dropped: number;
  /** Place 0 is the step. "$next" is the next step, "$end" no further event, "$more" one beyond the last place. */
  readonly nodes: readonly { readonly place: number; readonly event: string; readonly units: number }[];
  readonly links: readonly {
    readonly place: number;
    readonly source: string;
    readonly target: string;
    readonly units: number;
  }[];
  readonly ways: readonly { readonly events: readonly string[]; readonly units: number }[];
  /** `truncated_units`: those with more matching events than were looked at. */
  readonly meta: Meta & { readonly truncated_units: readonly string[] };
}

/** The step and the next required one, and the step's place among those. @throws RequestError 422 */
function readSteps({ definition: { steps, order, graph } }: FunnelQuestion, step: number) {
  if (graph) throw refuseField('paths', 'A graph counts its own paths: ask for its analysis.');
  if (order === 'unordered') throw refuseField('order', 'Steps without order have no next step.');
  if (step > steps.length) throw refuseField('step', `The funnel has ${steps.length} steps.`);
  if (step === steps.length) throw refuseField('step', 'There is no step after the last.');
  const required = [...steps.keys()].filter((one) => !steps[one]!.optional);
  const position = required.indexOf(step - 1);
  if (position < 0) throw refuseField('step', 'An optional step is not on every chain.');
  const name = (index: number) => ({ index: index + 1, label: steps[index]!.label });
  return { position, step: name(step - 1), next: name(required[position + 1]!) };
}

async function readWays(context: QueryContext, input: unknown) {
  const { step, events, length, collapse, limit, ...asked } = parseRequest(schema, input);
  const read = readFunnelQuestion(asked);
  refuseAnalysis(read);
  const { position, ...names } = readSteps(read, step);
  const question = { ...read, observed: await chooseObserved(context, read, events, 'with steps') };
  return { question, position, names, length, collapse, limit };
}

/** What it would run; nothing but a look at which events there are is run. @param input as answerWays. @throws RequestError 422 */
export const explainWays = async (context: QueryContext, input: unknown): Promise<Explanation> =>
  explainFolds(context, [(await readWays(context, input)).question]);

/** @param input a funnel question with step, events, length, collapse and limit beside it. @throws RequestError 422 */
export async function answerWays(context: QueryContext, input: unknown): Promise<WaysAnswer> {
  const startedMs = performance.now();
  const { question, position, names, length, collapse, limit } = await readWays(context, input);
  const { plan, statement, rowsRead } = await prepareFold(context, question);
  const found = await runFold(context, statement, {
    kind: 'ways',
    question,
    plan,
    position,
    length,
    collapse,
    limit: WAYS_MAX,
  });
  const nameOf = (one: number): string => (one < 0 ? names.step.label : question.observed[one]!);
  const picture = foldLinks(
    found.links.map(({ place, source, target, units }) => ({
      step: place + 1,
      source: nameOf(source),
      target: typeof target === 'number' ? nameOf(target) : MARKS[target],
      visits: units,
    })),
    limit,
  );
  return {
    ...names,
    reached: found.reached,
    converted: found.converted,
    dropped: found.reached - found.converted,
    nodes: picture.nodes.map(({ step: place, event, visits }) => ({
      place: place - 1,
      event,
      units: visits,
    })),
    links: picture.links.map(({ step: place, source, target, visits }) => ({
      place: place - 1,
      source,
      target,
      units: visits,
    })),
    ways: [
      ...found.ways.map(({ events: way, end, units }) => ({
        events: [...way.map(nameOf), MARKS[end]],
        units,
      })),
      ...(found.others > 0 ? [{ events: ['$other'], units: found.others }] : []),
    ],
    meta: {
      ...createMeta(startedMs, rowsRead, await findNewestReceipt(context)),
      truncated_units: await nameTruncated(context, plan, found.truncated),
    },
  };
}
