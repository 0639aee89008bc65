/** Alerts as the interface tells them, and in words. */
import { formatCount, formatIn, formatNumber, formatTime, type Unit } from '../format.js';

export type Status = 'ok' | 'pending' | 'firing' | 'resolved';

interface Limits {
  readonly above?: number;
  readonly below?: number;
}

export interface AlertRule {
  readonly metric?: string;
  readonly signal?: string;
  readonly where?: unknown;
  readonly dimension?: string;
  readonly condition: Limits & {
    readonly window?: string;
    readonly change?: Limits;
    readonly anomaly?: { readonly sensitivity?: number; readonly direction?: string };
    readonly no_data?: string;
  };
  readonly for?: string;
  readonly interval?: string;
  readonly channels?: readonly ('socket' | { readonly webhook: string })[];
}

export interface AlertState {
  readonly dimension_value: unknown;
  readonly status: Status;
  readonly since: string;
  readonly value: number | null;
  readonly note?: string;
}

export interface Alert extends AlertRule {
  readonly id: string;
  readonly name: string;
  readonly status: Status;
  readonly states: readonly AlertState[];
  readonly silenced_until: string | null;
  readonly evaluated_at: string | null;
  readonly last_error: string | null;
}

export interface BackTest {
  readonly days: number;
  readonly step_seconds: number;
  readonly evaluations: number;
  readonly now: readonly { value: number | null; met: boolean; note?: string }[];
  readonly incidents: readonly {
    dimension_value: unknown;
    fired_at: string;
    resolved_at: string | null;
    value: number | null;
  }[];
  readonly points: readonly { time: string; value: number | null; low?: number; high?: number }[];
}

/** Signals by name: what they are called, and the unit of their values. */
export const SIGNALS: Readonly<Record<string, readonly [name: string, unit: string]>> = {
  processing_lag: ['Processing lag', 's'],
  cache_hit_ratio: ['Cache hit ratio', '%'],
  pool_exhausted: ['Connection pool exhausted', 's of the last minute'],
  memory_share: ['Memory in use', '%'],
  error_rate: ['Error rate', '%'],
  integrity: ['Books that do not balance', 'projects'],
};

/** A value of the rule's own kind: in its signal's unit, or in its metric's. */
function formatValue({ signal }: AlertRule, value: number, unit: Unit): string {
  if (signal === undefined) return formatIn(value, unit);
  return `${formatNumber(value)} ${SIGNALS[signal]?.[1] ?? ''}`.trimEnd();
}

const joinParts = (parts: readonly (string | false)[], joint: string): string =>
  parts.filter((part) => part !== false).join(joint);

function describeChange({ above, below }: Limits): string {
  const parts = [
    above !== undefined && (above >= 0 ? `rose by more than ${above} %` : `fell by less than ${-above} %`),
    below !== undefined && (below <= 0 ? `fell by more than ${-below} %` : `rose by less than ${below} %`),
  ];
  return `${joinParts(parts, ' or ')} against a week before`;
}

/** "is above 5 s, over 30s, for 10m"; `unit` is its metric's. */
export function describeCondition(rule: AlertRule, unit?: Unit): string {
  const { condition, for: hold } = rule;
  const { change, anomaly, no_data, window, above, below } = condition;
  const limits = [
    above !== undefined && `above ${formatValue(rule, above, unit)}`,
    below !== undefined && `below ${formatValue(rule, below, unit)}`,
  ];
  const what = change
    ? describeChange(change)
    : anomaly
      ? `is unusual for this hour of the week (${anomaly.sensitivity ?? 3} deviations)`
      : no_data
        ? `has nothing for ${no_data}`
        : `is ${joinParts(limits, ' or ')}`;
  return joinParts(
    [what, window !== undefined && `over ${window}`, hold !== undefined && `for ${hold}`],
    ', ',
  );
}

export const describeSource = ({ metric, signal, dimension }: AlertRule): string =>
  `${metric ?? SIGNALS[signal ?? '']?.[0] ?? signal ?? ''}${dimension ? ` by ${dimension}` : ''}`;

/** A value that was found: "5 s", or of a change "+20 % against a week before". */
export const describeFound = (rule: AlertRule, value: number, unit?: Unit): string =>
  rule.condition.change
    ? `${value > 0 ? '+' : ''}${formatNumber(value)} % against a week before`
    : formatValue(rule, value, unit);

/** What the alert found last, of the values that are worst. */
export function describeLast(alert: Alert, unit?: Unit): string {
  const { states, evaluated_at, last_error } = alert;
  if (last_error) return `no answer: ${last_error}`;
  if (!evaluated_at) return 'not evaluated yet';
  const shown = states.filter(({ status }) => status === 'firing' || states.length === 1).slice(0, 3);
  if (shown.length === 0)
    return states.length === 0
      ? 'nothing to measure'
      : `${formatCount(states.length, 'value')}, none of them`;
  return shown
    .map(({ dimension_value: group, value, note }) => {
      const found =
        value === null
          ? (note ?? 'nothing')
          : `${describeFound(alert, value, unit)}${note ? ` (${note})` : ''}`;
      return group === null ? found : `${String(group)}: ${found}`;
    })
    .join(', ');
}

export const describeSilence = (until: string | null): string =>
  until === null ? '' : `silenced until ${formatTime(until)}`;
