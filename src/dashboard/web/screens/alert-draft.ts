/** What the form of a new alert holds, and the rule it comes to. */
import { formatNumber } from '../format.js';
import { type AlertRule, describeCondition, describeSource } from './alert-words.js';

export const KINDS = [
  ['above', 'is above'],
  ['below', 'is below'],
  ['rose', 'rose since a week before, in percent'],
  ['fell', 'fell since a week before, in percent'],
  ['anomaly', 'is unusual for the hour of the week'],
  ['no_data', 'has no data'],
] as const;

export type Kind = (typeof KINDS)[number][0];

export interface Draft {
  name: string;
  metric: string;
  /** Instead of a metric when it is not empty. */
  signal: string;
  dimension: string;
  kind: Kind;
  /** The number of the condition, as typed. */
  limit: string;
  window: string;
  hold: string;
  webhook: string;
  days: number;
}

export const EMPTY: Draft = {
  name: '',
  metric: '',
  signal: '',
  dimension: '',
  kind: 'above',
  limit: '',
  window: '1h',
  hold: '0s',
  webhook: '',
  days: 7,
};

function toCondition({ kind, limit, window }: Draft): AlertRule['condition'] | undefined {
  if (kind === 'no_data') return { no_data: window };
  const number = limit.trim() === '' ? Number.NaN : Number(limit);
  if (kind === 'anomaly') return { anomaly: Number.isFinite(number) ? { sensitivity: number } : {} };
  if (!Number.isFinite(number)) return undefined;
  switch (kind) {
    case 'above':
      return { above: number, window };
    case 'below':
      return { below: number, window };
    case 'rose':
      return { change: { above: Math.abs(number) }, window };
    case 'fell':
      return { change: { below: -Math.abs(number) }, window };
  }
}

/** The rule as the interface takes it; undefined while something is missing. */
export function toRule(draft: Draft): (AlertRule & { name: string }) | undefined {
  const condition = toCondition(draft);
  if (!condition || (draft.signal === '' && draft.metric === '')) return undefined;
  const { signal, metric, dimension, hold, webhook } = draft;
  const isGrouped = signal === '' && dimension !== '' && draft.kind !== 'no_data';
  const rule: AlertRule = {
    ...(signal === '' ? { metric } : { signal }),
    ...(isGrouped ? { dimension } : {}),
    condition,
    ...(hold === '0s' ? {} : { for: hold }),
    channels: ['socket', ...(webhook.trim() === '' ? [] : [{ webhook: webhook.trim() }])],
  };
  return {
    name: draft.name.trim() || `${describeSource(rule)}: ${describeCondition(rule)}`.slice(0, 200),
    ...rule,
  };
}

/** What the number of a kind of condition is called. */
export const nameLimit = (kind: Kind): string =>
  kind === 'anomaly'
    ? `Deviations that are unusual (${formatNumber(3)} without)`
    : kind === 'rose' || kind === 'fell'
      ? 'Percent'
      : 'Limit';
