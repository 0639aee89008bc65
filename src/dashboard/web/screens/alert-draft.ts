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
  /** The alert that is changed; empty for a new one. */
  id: string;
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
  /** What the form does not show of the alert that is changed. */
  kept: Pick<AlertRule, 'where' | 'interval'>;
}

export const EMPTY: Draft = {
  id: '',
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
  kept: {},
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
  const { signal, metric, dimension, hold, webhook, kept } = draft;
  const isGrouped = signal === '' && dimension !== '' && draft.kind !== 'no_data';
  const rule: AlertRule = {
    ...kept,
    ...(signal === '' ? { metric } : { signal }),
    ...(isGrouped ? { dimension } : {}),
    condition,
    ...(hold === '0s' ? {} : { for: hold }),
    channels: ['socket', ...(webhook.trim() === '' ? [] : [{ webhook: webhook.trim() }])],
  };
  return {
    name: draft.name.trim() || `${describeSource(rule)} ${describeCondition(rule)}`.slice(0, 200),
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

/** The kind and the number of a condition that the form can show. */
function readCondition({ condition }: AlertRule): { kind: Kind; limit: string } | undefined {
  const { above, below, change, anomaly, no_data } = condition;
  const limits = change ?? { above, below };
  if (no_data !== undefined) return { kind: 'no_data', limit: '' };
  if (anomaly)
    return anomaly.direction && anomaly.direction !== 'both'
      ? undefined
      : { kind: 'anomaly', limit: String(anomaly.sensitivity ?? '') };
  if (limits.above !== undefined && limits.below !== undefined) return undefined;
  // Less of a fall than so much is not said with "fell".
  if (change && ((change.above ?? 0) < 0 || (change.below ?? 0) > 0)) return undefined;
  if (limits.above !== undefined) return { kind: change ? 'rose' : 'above', limit: String(limits.above) };
  return { kind: change ? 'fell' : 'below', limit: String(change ? -limits.below! : limits.below) };
}

/** The form filled with an alert; undefined for rules with more than it can show, which the interface can change. */
export function toDraft(alert: AlertRule & { id: string; name: string }): Draft | undefined {
  const read = readCondition(alert);
  const webhooks = (alert.channels ?? []).flatMap((channel) =>
    channel === 'socket' ? [] : [channel.webhook],
  );
  if (!read || webhooks.length > 1) return undefined;
  const { id, name, metric = '', signal = '', dimension = '', condition, where, interval } = alert;
  return {
    ...EMPTY,
    ...read,
    id,
    name,
    metric,
    signal,
    dimension,
    window: condition.no_data ?? condition.window ?? (signal === '' ? '1h' : '1m'),
    hold: alert.for ?? '0s',
    webhook: webhooks[0] ?? '',
    kept: { ...(where === undefined ? {} : { where }), ...(interval === undefined ? {} : { interval }) },
  };
}
