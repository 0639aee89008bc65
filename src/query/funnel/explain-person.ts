/** Answers "what did the funnel make of this person": reads her events as the funnel sees them and explains each of her units. */
import * as v from 'valibot';
import { RequestError } from '../../errors.js';
import type { QueryContext } from '../context.js';
import { type Explanation, explainStatements } from '../explain.js';
import { parseRequest } from '../request.js';
import { estimateStatement, refuseOverLimit, runStatement } from '../run.js';
import { formatInstant } from '../time/instant.js';
import type { Compiled } from './compile.js';
import { explainUnit, type Reason, type StepExplanation } from './explain-unit.js';
import type { FunnelPlan } from './plan.js';
import { planQuestion } from './prepare.js';
import { printUnitEvents } from './print-unit.js';
import { type FunnelQuestion, readFunnelQuestion } from './request.js';
import type { SeenEvent } from './unit-chain.js';

/** Events of one person that are read to explain her. */
const MAX_EXPLAINED_EVENTS = 50_000;

interface EventAnswer {
  readonly event_id: string;
  readonly event: string;
  readonly timestamp: string;
}

interface StepAnswer {
  readonly index: number;
  readonly label: string;
  readonly reached: boolean;
  readonly event: EventAnswer | null;
  readonly reason: { readonly code: string; readonly message: string; readonly event?: EventAnswer } | null;
}

export interface PersonExplanation {
  readonly user_id: string;
  /** One a chain: one for the person, one for each of her sessions, or one for each attempt. */
  readonly chains: readonly {
    readonly session_id?: string;
    readonly complete: boolean;
    readonly steps: readonly StepAnswer[];
  }[];
  readonly meta: {
    readonly events_read: number;
    readonly truncated: boolean;
    /** Attempts after the first 20 of a unit, which are told of. */
    readonly chains_left_out: number;
  };
}

interface Row {
  readonly unit_key: string;
  readonly offset: number;
  readonly type_name: string;
  readonly id: string;
  readonly session: string;
  readonly held?: string;
  readonly class?: number;
  readonly [word: `word${number}`]: number;
}

const userSchema = v.looseObject({
  user_id: v.pipe(v.string('user_id is the person to explain.'), v.minLength(1), v.maxLength(1_000)),
});

async function preparePerson(context: QueryContext, input: unknown) {
  const { user_id: user, ...asked } = parseRequest(userSchema, input);
  const planned = await planQuestion(context, readFunnelQuestion(asked));
  return {
    ...planned,
    user,
    statement: printUnitEvents(planned.plan, context, user, MAX_EXPLAINED_EVENTS + 1),
  };
}

/** What it would run; nothing is run. @param input as explainPerson. @throws RequestError 422 */
export async function explainPersonQuestion(context: QueryContext, input: unknown): Promise<Explanation> {
  const { plan, statement } = await preparePerson(context, input);
  return explainStatements(context, [statement], {
    source: 'raw',
    strategy: 'unit',
    unit: plan.unit,
    events_max: MAX_EXPLAINED_EVENTS,
  });
}

/** @param input a funnel question with the person's `user_id` beside it. @throws RequestError 422; 404 for an unknown person */
export async function explainPerson(context: QueryContext, input: unknown): Promise<PersonExplanation> {
  const { question, compiled, plan, user, statement } = await preparePerson(context, input);
  refuseOverLimit(context, await estimateStatement(context, statement));
  const { rows } = await runStatement<Row>(context, statement);
  if (rows.length === 0)
    throw new RequestError(
      404,
      'unknown_user',
      `No stored event of this funnel's types is of the user ${JSON.stringify(user)}.`,
    );
  const seen = rows.slice(0, MAX_EXPLAINED_EVENTS);
  const units = new Map<string, Row[]>();
  for (const row of seen) {
    const known = units.get(row.unit_key);
    if (known) known.push(row);
    else units.set(row.unit_key, [row]);
  }
  const told = [...units.values()].map((mine) => explainRows(question, compiled, plan, mine));
  return {
    user_id: user,
    chains: told.flatMap(({ chains }) => chains),
    meta: {
      events_read: seen.length,
      truncated: rows.length > seen.length,
      chains_left_out: told.reduce((sum, { leftOut }) => sum + leftOut, 0),
    },
  };
}

function explainRows(question: FunnelQuestion, compiled: Compiled, plan: FunnelPlan, rows: readonly Row[]) {
  const events = rows.map(
    (row): SeenEvent => ({
      id: row.id,
      event: row.type_name,
      t: plan.range.fromMs + Number(row.offset),
      class: readClass(row, compiled),
      held: row.held ?? '',
    }),
  );
  const session = question.definition.count === 'sessions' ? { session_id: rows[0]!.session } : {};
  const { chains, leftOut } = explainUnit(compiled.program, question.definition, events);
  const written = chains.map(({ complete, steps }) => ({
    ...session,
    complete,
    steps: steps.map((step) => writeStep(question, step)),
  }));
  return { chains: written, leftOut };
}

function readClass(row: Row, { matchers, table }: Compiled): number {
  if (matchers.packedClasses !== undefined) return Number(row.class);
  const words: number[] = [];
  for (let word = 0; row[`word${word}`] !== undefined; word++) words.push(Number(row[`word${word}`]));
  return table.findClass(words);
}

const writeEvent = ({ id, event, t }: SeenEvent): EventAnswer => ({
  event_id: id,
  event,
  timestamp: formatInstant(t),
});

function writeStep(
  { definition }: FunnelQuestion,
  { step, reached, event, reason }: StepExplanation,
): StepAnswer {
  return {
    index: step + 1,
    label: definition.steps[step]!.label,
    reached,
    event: event ? writeEvent(event) : null,
    reason: reason
      ? {
          code: reason.code,
          message: describe(reason),
          ...(reason.event && { event: writeEvent(reason.event) }),
        }
      : null,
  };
}

function describe({ code, event, atMs }: Reason): string {
  const at = event ? formatInstant(event.t) : '';
  const over = atMs === undefined ? '' : formatInstant(atMs);
  switch (code) {
    case 'no_event':
      return 'There is no such event.';
    case 'condition_not_met':
      return `The event at ${at} does not fulfil the step's condition.`;
    case 'outside_range':
      return `The event at ${at} lies outside the range.`;
    case 'property_missing':
      return `The event at ${at} lacks a held property.`;
    case 'property_changed':
      return `The event at ${at} has another value of a held property, or none.`;
    case 'too_early':
      return `The event at ${at} came before the step before.`;
    case 'tied':
      return `The event at ${at} is at the same instant as the step before.`;
    case 'already_used':
      return `The only event, at ${at}, fills another step.`;
    case 'window_over':
      return `The window was over at ${over}; the event came at ${at}.`;
    case 'within_over':
      return `The step's time was over at ${over}; the event came at ${at}.`;
    case 'excluded':
      return `The event ${JSON.stringify(event!.event)} at ${at} excludes it.`;
    case 'event_between':
      return `The event ${JSON.stringify(event!.event)} at ${at} came between.`;
    case 'not_together':
      return `The event at ${at} fits by itself, but not together with the steps before.`;
    case 'step_before_missing':
      return 'A step before this one was not reached.';
  }
}
