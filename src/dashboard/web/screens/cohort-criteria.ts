/** Criteria of a cohort as the form has them, and as the interface takes them. */
import { type Condition, readValue, toWhere } from '../ui/conditions.js';

export type CriterionKind = 'did' | 'did_not' | 'sequence' | 'first' | 'last' | 'property' | 'in_cohort';

export interface AskedCriterion {
  kind: CriterionKind;
  event: string;
  /** What is done after the event, in this order. */
  next?: string[];
  where: Condition[];
  /** How often, for what was done; empty: at least once. */
  times: string;
  /** A duration that ends now; empty: all of history. */
  within: string;
  property: string;
  op: string;
  value: string;
  cohort: string;
}

export const EMPTY_CRITERION: AskedCriterion = {
  kind: 'did',
  event: '',
  where: [],
  times: '',
  within: '30d',
  property: 'user.plan',
  op: 'eq',
  value: '',
  cohort: '',
};

const compact = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));

/** One criterion; undefined while something it needs is missing. */
function composeCriterion(asked: AskedCriterion): object | undefined {
  const { kind, event, within, times } = asked;
  if (kind === 'in_cohort') return asked.cohort === '' ? undefined : { in_cohort: asked.cohort };
  if (kind === 'property') {
    if (asked.property === '' || asked.value === '') return undefined;
    return { property: asked.property, op: asked.op, value: readValue(asked.value) };
  }
  if (event === '' || ((kind === 'first' || kind === 'last') && within === '')) return undefined;
  if (kind === 'sequence') {
    const events = [event, ...(asked.next ?? [])].filter((name) => name !== '');
    return events.length < 2
      ? undefined
      : compact({ sequence: events.map((name) => ({ event: name })), within });
  }
  const what = compact({ event, where: toWhere(asked.where) });
  const often = kind === 'did' && Number(times) > 0 ? { gte: Number(times) } : undefined;
  return compact({ [kind]: what, times: often, within });
}

/** All criteria together; undefined while none is filled in. */
export function composeCriteria(all: readonly AskedCriterion[], joint: 'and' | 'or'): object | undefined {
  const filled = all.flatMap((one) => composeCriterion(one) ?? []);
  if (filled.length === 0) return undefined;
  return filled.length === 1 ? filled[0] : { [joint]: filled };
}
