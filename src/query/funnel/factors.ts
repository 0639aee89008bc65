/**
 * Answers "who converts": of each candidate (a value of a property of the entry, an event done on the way) how many of those who
 * have it converted, against those who do not.
 *
 * Counts are those of the funnel itself: a property's are its breakdown by the first event, one fold each; all events come from one
 * fold more. Two proportions are compared by the z-test, by Fisher's exact test where a cell is expected to hold fewer than five; the
 * p-values of all candidates are adjusted together (Benjamini and Hochberg), because among a hundred candidates five would
 * stand out by chance. A factor goes with converting; whether it is the cause, only an experiment says.
 */
import * as v from 'valibot';
import { RequestError } from '../../errors.js';
import { testExactly } from '../../statistics/fisher.js';
import { adjustForMany, compareProportions, type Proportion } from '../../statistics/tests.js';
import { listPropertiesSeen } from '../catalogue/properties-seen.js';
import type { QueryContext } from '../context.js';
import type { Explanation } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import { eventNameSchema, type NamedProperty, parseRequest, propertySchema } from '../request.js';
import type { Share, Shares } from './factor-fold.js';
import { runFold } from './fold-thread.js';
import { chooseObserved, OBSERVED_MAX, refuseAnalysis } from './observe.js';
import { explainFolds, prepareFold } from './prepare.js';
import { type FunnelQuestion, readFunnelQuestion } from './request.js';
import { nameTruncated } from './unit-names.js';

/** Properties of one question: each is read and judged on its own. */
const PROPERTIES_MAX = 10;
const VALUES_MAX = 50;
/** Cells expected to hold fewer are too small for the normal approximation. */
const SMALL_CELL = 5;

const whole = (least: number, most: number, standard: number) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most)), standard);

const schema = v.looseObject({
  properties: v.optional(
    v.pipe(v.array(propertySchema), v.maxLength(PROPERTIES_MAX, `At most ${PROPERTIES_MAX} properties.`)),
  ),
  events: v.optional(
    v.pipe(v.array(eventNameSchema), v.maxLength(OBSERVED_MAX, `At most ${OBSERVED_MAX} event types.`)),
  ),
  values_per_property: whole(1, VALUES_MAX, 10),
  min_units: whole(1, 1_000_000, 20),
  false_discovery_rate: v.optional(v.pipe(v.number(), v.gtValue(0), v.ltValue(1)), 0.05),
  limit: whole(1, 1_000, 50),
});

export interface Factor {
  readonly kind: 'property' | 'event';
  readonly name: string;
  /** Of a property; null where the entry does not have it. */
  readonly value?: unknown;
  /** Units with it, and how many of them converted. */
  readonly units: number;
  readonly converted: number;
  readonly conversion_rate: number;
  readonly conversion_rate_without: number;
  /** The first rate by the second; null where nobody without it converted. */
  readonly lift: number | null;
  readonly p_value: number;
  /** Adjusted for all candidates. */
  readonly q_value: number;
  readonly significant: boolean;
  readonly test: 'z' | 'fisher';
}

export interface FactorsAnswer {
  readonly entered: number;
  readonly converted: number;
  readonly conversion_rate: number | null;
  readonly factors: readonly Factor[];
  /** Candidates that were compared, those of the answer among them. */
  readonly tested: number;
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** `truncated_units`: those with more matching events than were looked at. */
  readonly meta: Meta & { readonly truncated_units: readonly string[] };
}

type Candidate = Pick<Factor, 'kind' | 'name' | 'value'> & Share;

/** The smallest count to be expected in the four cells if the candidate made no difference. */
const findSmallestCell = (a: Proportion, b: Proportion): number => {
  const rate = (a.successes + b.successes) / (a.trials + b.trials);
  return Math.min(a.trials, b.trials) * Math.min(rate, 1 - rate);
};

function compareCandidate({ entered, converted, ...candidate }: Candidate, total: Share) {
  const own = { successes: converted, trials: entered };
  const others = { successes: total.converted - converted, trials: total.entered - entered };
  const small = findSmallestCell(own, others) < SMALL_CELL;
  const without = others.successes / others.trials;
  return {
    ...candidate,
    units: entered,
    converted,
    conversion_rate: converted / entered,
    conversion_rate_without: without,
    lift: without === 0 ? null : converted / entered / without,
    p_value: small ? testExactly(own, others) : compareProportions(others, own)!.pValue,
    test: small ? ('fisher' as const) : ('z' as const),
  };
}

/** Compares every candidate; the surest first. Pure. */
export function rankFactors(
  candidates: readonly Candidate[],
  total: Share,
  falseDiscoveryRate: number,
): Factor[] {
  const compared = candidates.map((candidate) => compareCandidate(candidate, total));
  const adjusted = adjustForMany(compared.map(({ p_value }) => p_value));
  return compared
    .map((factor, i) => ({
      ...factor,
      q_value: adjusted[i]!,
      significant: adjusted[i]! <= falseDiscoveryRate,
    }))
    .sort((a, b) => a.q_value - b.q_value || a.p_value - b.p_value || b.units - a.units);
}

async function chooseProperties(
  context: QueryContext,
  { definition }: FunnelQuestion,
  asked: readonly NamedProperty[] | undefined,
): Promise<readonly NamedProperty[]> {
  if (asked) return asked;
  const seen = await listPropertiesSeen(context, definition.steps[0]!.events);
  const names = [...new Set(seen.sort((a, b) => b.seen - a.seen).map(({ property }) => property))];
  return names.slice(0, PROPERTIES_MAX).map((name) => parseRequest(propertySchema, name));
}

const readShares = async (
  context: QueryContext,
  question: FunnelQuestion,
  task: { kind: 'values'; limit: number } | { kind: 'observed' },
): Promise<Omit<Shares, 'truncated'> & { rowsRead: number; truncated: string[] }> => {
  const { plan, statement, rowsRead } = await prepareFold(context, question);
  const shares = await runFold(context, statement, { ...task, question, plan });
  return { ...shares, rowsRead, truncated: await nameTruncated(context, plan, shares.truncated) };
};

async function readFactors(context: QueryContext, input: unknown) {
  const { properties, events, values_per_property, min_units, false_discovery_rate, limit, ...asked } =
    parseRequest(schema, input);
  const read = readFunnelQuestion(asked);
  refuseAnalysis(read);
  const question: FunnelQuestion = { ...read, times: false, attribution: { kind: 'first' } };
  const observed = await chooseObserved(context, question, events, 'without steps');
  return { question, observed, properties, values_per_property, min_units, false_discovery_rate, limit };
}

/**
 * What it would run; nothing but a look at which events and properties there are is run.
 * @param input as answerFactors. @throws RequestError 422
 */
export async function explainFactors(context: QueryContext, input: unknown): Promise<Explanation> {
  const { question, observed, properties } = await readFactors(context, input);
  const chosen = await chooseProperties(context, question, properties);
  return explainFolds(context, [
    { ...question, observed },
    ...chosen.map((property) => ({ ...question, breakdown: [property] })),
  ]);
}

/** @param input a funnel question with properties, events, … beside it. @throws RequestError 422 */
export async function answerFactors(context: QueryContext, input: unknown): Promise<FactorsAnswer> {
  const startedMs = performance.now();
  const { question, observed, properties, values_per_property, min_units, false_discovery_rate, limit } =
    await readFactors(context, input);
  const { total, parts, rowsRead, truncated } = await readShares(
    context,
    { ...question, observed },
    { kind: 'observed' },
  );
  const candidates: Candidate[] = parts.map(({ value, ...share }) => ({
    kind: 'event',
    name: value,
    ...share,
  }));
  const skipped: { name: string; reason: string }[] = [];
  const cut = new Set(truncated);
  let rows = rowsRead;
  for (const property of await chooseProperties(context, question, properties)) {
    const task = { kind: 'values', limit: values_per_property } as const;
    try {
      const shares = await readShares(context, { ...question, breakdown: [property] }, task);
      rows += shares.rowsRead;
      for (const unit of shares.truncated) cut.add(unit);
      for (const { value, ...share } of shares.parts) {
        const [parsed] = JSON.parse(value) as [unknown];
        candidates.push({ kind: 'property', name: property.name, value: parsed, ...share });
      }
    } catch (error) {
      if (!(error instanceof RequestError) || error.code !== 'too_many_values') throw error;
      skipped.push({ name: property.name, reason: error.code });
    }
  }
  const comparable = candidates.filter(
    ({ entered }) => entered >= min_units && total.entered - entered >= min_units,
  );
  return {
    ...total,
    conversion_rate: total.entered === 0 ? null : total.converted / total.entered,
    factors: rankFactors(comparable, total, false_discovery_rate).slice(0, limit),
    tested: comparable.length,
    skipped,
    meta: {
      ...createMeta(startedMs, rows, await findNewestReceipt(context)),
      truncated_units: [...cut].sort(),
    },
  };
}
