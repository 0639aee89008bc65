/** What is asked on the experiments screen, as the address keeps it, and the experiment it means. */
import { type Condition, toWhere } from '../ui/conditions.js';
import { splitNames } from './funnel-question.js';

export type GoalKind = 'conversion' | 'count' | 'sum' | 'average' | 'funnel';

export interface AskedGoal {
  kind: GoalKind;
  /** An event; of a funnel its events, with commas. */
  event: string;
  /** Of a sum or an average. */
  property: string;
  better: string;
}

export interface AskedExperiment {
  event: string;
  variant: string;
  /** Names with commas, the control first; empty: those that occur. */
  variants: string;
  where: Condition[];
  goals: AskedGoal[];
  window: string;
  /** In percent of the control. */
  minimalEffect: string;
  from: string;
  to: string;
  timezone: string;
}

export const EMPTY_GOAL: AskedGoal = { kind: 'conversion', event: '', property: '', better: 'higher' };

function composeGoal({ kind, event, property, better }: AskedGoal): object | undefined {
  const base = better === 'lower' ? { better } : {};
  if (event.trim() === '') return undefined;
  if (kind === 'funnel')
    return { ...base, funnel: { steps: splitNames(event).map((name) => ({ event: name })) } };
  if (kind === 'conversion' || kind === 'count') return { ...base, event, measure: kind };
  return property === '' ? undefined : { ...base, event, measure: { [kind]: property } };
}

/** The question, undefined while exposure, variant or goal are missing. */
export function composeExperiment(asked: AskedExperiment): Record<string, unknown> | undefined {
  const { event, variant, window, from, to, timezone } = asked;
  const goals = asked.goals.flatMap((goal) => composeGoal(goal) ?? []);
  if (event === '' || variant === '' || goals.length === 0) return undefined;
  const variants = splitNames(asked.variants);
  const minimal = Number(asked.minimalEffect) / 100;
  return {
    exposure: { event, variant },
    ...(variants.length > 1 ? { variants } : {}),
    where: toWhere(asked.where),
    goals,
    window,
    ...(minimal > 0 ? { minimal_effect: minimal } : {}),
    from,
    to,
    timezone,
  };
}

interface SavedGoal {
  event?: string;
  measure?: string | Record<string, string>;
  funnel?: Record<string, unknown> & { steps: Record<string, unknown>[] };
  better?: string;
  [field: string]: unknown;
}

const GOAL_FIELDS = new Set(['event', 'measure', 'funnel', 'better']);

function readGoal(goal: SavedGoal): AskedGoal | undefined {
  if (Object.keys(goal).some((field) => !GOAL_FIELDS.has(field))) return undefined;
  const { event = '', measure = 'conversion', funnel, better = 'higher' } = goal;
  if (funnel) {
    const plain = funnel.steps.every((step) => Object.keys(step).join() === 'event');
    if (!plain || Object.keys(funnel).length > 1) return undefined;
    return {
      ...EMPTY_GOAL,
      kind: 'funnel',
      event: funnel.steps.map((step) => step.event).join(', '),
      better,
    };
  }
  if (typeof measure === 'string') return { ...EMPTY_GOAL, kind: measure as GoalKind, event, better };
  const [kind, property] = Object.entries(measure)[0]!;
  return { kind: kind as GoalKind, event, property, better };
}

const FIELDS = new Set([
  'id',
  'name',
  'version',
  'created_at',
  'updated_at',
  'exposure',
  'variants',
  'goals',
  'window',
  'minimal_effect',
  'from',
  'to',
  'timezone',
]);

/** A saved experiment as the screen asks it; undefined when it has what the screen has no field for: it is asked as it was saved. */
export function readExperiment(
  saved: Readonly<Record<string, unknown>>,
): Partial<AskedExperiment> | undefined {
  if (Object.entries(saved).some(([field, value]) => value !== undefined && !FIELDS.has(field)))
    return undefined;
  const exposure = saved.exposure as Record<string, string>;
  if (Object.keys(exposure).some((field) => field !== 'event' && field !== 'variant')) return undefined;
  const goals = (saved.goals as SavedGoal[]).map(readGoal);
  if (goals.includes(undefined)) return undefined;
  const text = (name: string): object => (typeof saved[name] === 'string' ? { [name]: saved[name] } : {});
  return {
    event: exposure.event!,
    variant: exposure.variant!,
    variants: ((saved.variants as string[] | undefined) ?? []).join(', '),
    goals: goals.flatMap((goal) => goal ?? []),
    ...(typeof saved.minimal_effect === 'number'
      ? { minimalEffect: String(saved.minimal_effect * 100) }
      : {}),
    ...text('window'),
    ...text('from'),
    ...text('to'),
    ...text('timezone'),
  };
}
