/**
 * Paths: the most common ways from event to event. A person's events are cut into visits where nothing happened for longer than
 * `gap`; of each visit the way from its first event, or from the first `start`, or up to the first `end`, is followed for
 * `steps` places. What is rare at its place is folded into "$other", so that the picture stays readable; "$end" is leaving.
 */
import * as v from 'valibot';
import { printCondition } from '../condition/print.js';
import type { QueryContext } from '../context.js';
import { printEventRows } from '../event-rows.js';
import { type Explanation, explainStatements } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import type { EventScope } from '../people.js';
import { createParams, fillSql, type Params, type Printed, print } from '../printed.js';
import {
  conditionSchema,
  durationSchema,
  eventNameSchema,
  parseRequest,
  readRange,
  timezoneSchema,
} from '../request.js';
import { runStatement, type Statement } from '../run.js';

const STEPS_MAX = 20;
const NODES_MAX = 50;
const WAYS_MAX = 100;
const EVENTS_LISTED_MAX = 200;
/** Events of one person that are looked at, her earliest; a bot does not take all the memory. */
const EVENTS_PER_PERSON_MAX = 100_000;

const schema = v.strictObject({
  from: v.string(),
  to: v.string(),
  timezone: timezoneSchema,
  where: v.optional(conditionSchema),
  start: v.optional(eventNameSchema),
  end: v.optional(eventNameSchema),
  events: v.optional(v.pipe(v.array(eventNameSchema), v.minLength(1), v.maxLength(EVENTS_LISTED_MAX))),
  exclude: v.optional(v.pipe(v.array(eventNameSchema), v.maxLength(EVENTS_LISTED_MAX)), []),
  steps: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(STEPS_MAX, `steps is at most ${STEPS_MAX}.`)),
    5,
  ),
  limit: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(NODES_MAX, `limit is at most ${NODES_MAX}.`)),
    8,
  ),
  gap: v.optional(durationSchema, '30m'),
  collapse: v.optional(v.boolean(), true),
});

type Question = ReturnType<typeof readQuestion>;

function readQuestion(input: unknown) {
  const raw = parseRequest(schema, input);
  return { ...raw, range: readRange(raw.from, raw.to, raw.timezone) };
}

export interface PathLink {
  /** Place of the source, from 1. */
  step: number;
  source: string;
  /** "$end" when the visit ended there. */
  target: string;
  visits: number;
}

export interface PathsAnswer {
  nodes: { step: number; event: string; visits: number }[];
  links: PathLink[];
  ways: { events: string[]; visits: number; users: number }[];
  meta: Meta;
}

function printWays(question: Question, scope: EventScope, params: Params): Printed {
  const { start, end, events, exclude } = question;
  const conditions: Printed[] = [];
  if (events) conditions.push(print`event in ${params.bind('Array(String)', events)}`);
  if (exclude.length > 0) conditions.push(print`event not in ${params.bind('Array(String)', exclude)}`);
  if (question.where) conditions.push(printCondition(question.where, params));
  const request = {
    unit: 'person',
    scope,
    range: question.range,
    originMs: question.range.fromMs,
    columns: [{ name: print`name`, expression: print`toString(event)` }],
    events: conditions.reduce((text, one) => print`${text} and ${one}`, print`1`),
  } as const;
  const steps = params.bind('UInt32', question.steps);
  const endAt =
    end === undefined ? print`length(names)` : print`indexOf(names, ${params.bind('String', end)})`;
  const startAt =
    start !== undefined
      ? print`indexOf(names, ${params.bind('String', start)})`
      : end === undefined
        ? print`1`
        : print`if(${endAt} = 0, 0, greatest(1, toInt64(${endAt}) - ${steps} + 1))`;
  return fillSql('clickhouse/path-sequences.sql', {
    rows: printEventRows(request, params),
    events_max: print`${EVENTS_PER_PERSON_MAX}`,
    gap: params.bind('Int64', question.gap as number),
    collapse: question.collapse ? print`arrayCompact` : print`identity`,
    start: print`toInt64(${startAt})`,
    end: print`toInt64(${endAt})`,
    steps,
  });
}

function printLinks(question: Question, scope: EventScope): Statement {
  const params = createParams();
  const ways = printWays(question, scope, params);
  const sql = fillSql('clickhouse/path-links.sql', { ways, steps: params.bind('UInt32', question.steps) });
  return { sql, params: params.values };
}

function printTop(question: Question, scope: EventScope): Statement {
  const params = createParams();
  const sql = fillSql('clickhouse/path-top.sql', {
    ways: printWays(question, scope, params),
    limit: print`${WAYS_MAX}`,
  });
  return { sql, params: params.values };
}

/** Names at each place, most visits first: a place's name comes in as the target of the place before, or starts there. */
function countNodes(links: readonly PathLink[]): Map<string, number> {
  const nodes = new Map<string, number>();
  const add = (key: string, visits: number): void => void nodes.set(key, (nodes.get(key) ?? 0) + visits);
  for (const { step, source, target, visits } of links) {
    if (step === 1) add(`1 ${source}`, visits);
    if (target !== '') add(`${step + 1} ${target}`, visits);
  }
  return nodes;
}

/** Folds what is not among the `limit` most visited of its place into "$other". Pure. */
export function foldLinks(links: readonly PathLink[], limit: number): Pick<PathsAnswer, 'nodes' | 'links'> {
  const all = [...countNodes(links)].map(([key, visits]) => {
    const step = Number(key.slice(0, key.indexOf(' ')));
    return { step, event: key.slice(key.indexOf(' ') + 1), visits };
  });
  all.sort((a, b) => a.step - b.step || b.visits - a.visits || (a.event < b.event ? -1 : 1));
  const places = new Map<number, number>();
  const kept = new Set<string>();
  const nodes: PathsAnswer['nodes'] = [];
  for (const node of all) {
    const rank = places.get(node.step) ?? 0;
    places.set(node.step, rank + 1);
    if (rank < limit) {
      kept.add(`${node.step} ${node.event}`);
      nodes.push({ ...node });
      continue;
    }
    const other = nodes.at(-1)!;
    if (other.step === node.step && other.event === '$other') other.visits += node.visits;
    else nodes.push({ ...node, event: '$other' });
  }
  const name = (step: number, event: string): string =>
    event === '' ? '$end' : kept.has(`${step} ${event}`) ? event : '$other';
  const folded = new Map<string, PathLink>();
  for (const link of links) {
    const source = name(link.step, link.source);
    const target = name(link.step + 1, link.target);
    const key = JSON.stringify([link.step, source, target]);
    const before = folded.get(key);
    if (before) before.visits += link.visits;
    else folded.set(key, { step: link.step, source, target, visits: link.visits });
  }
  return { nodes, links: [...folded.values()].sort((a, b) => a.step - b.step || b.visits - a.visits) };
}

/** Answers `POST /v1/analytics/paths`. @throws RequestError 422, EngineError */
export async function answerPaths(context: QueryContext, input: unknown): Promise<PathsAnswer> {
  const startedMs = performance.now();
  const question = readQuestion(input);
  const links = await runStatement<PathLink>(context, printLinks(question, context));
  const top = await runStatement<{ way: string[]; visits: number; users: number }>(
    context,
    printTop(question, context),
  );
  const numbers = links.rows.map((row) => ({ ...row, step: Number(row.step), visits: Number(row.visits) }));
  return {
    ...foldLinks(numbers, question.limit),
    ways: top.rows.map(({ way, visits, users }) => ({
      events: way,
      visits: Number(visits),
      users: Number(users),
    })),
    meta: createMeta(startedMs, links.rowsRead + top.rowsRead, await findNewestReceipt(context)),
  };
}

/** @throws RequestError 422, EngineError */
export function explainPaths(context: QueryContext, input: unknown): Promise<Explanation> {
  const question = readQuestion(input);
  const statements = [printLinks(question, context), printTop(question, context)];
  return explainStatements(context, statements, {
    strategy: 'visits',
    events_per_person_max: EVENTS_PER_PERSON_MAX,
  });
}
