/** A rule as it is written in a request and kept, and what it means. */
import * as v from 'valibot';
import { nameSchema } from '../definitions/funnels.js';
import { RequestError } from '../errors.js';
import {
  conditionSchema,
  durationBetween,
  parseRequest,
  propertySchema,
  refuseField,
} from '../query/request.js';
import { findUrlFault } from '../webhook/sender.js';
import { SIGNAL_NAMES, type SignalName } from './signals.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A rule asks its question at most this often. */
const INTERVAL_MIN_MS = 10_000;
const INTERVAL_MAX_MS = DAY_MS;
const INTERVAL_MS = MINUTE_MS;
/** Anomalies are judged by whole hours and read weeks of them. */
const ANOMALY_INTERVAL_MS = 5 * MINUTE_MS;
const METRIC_WINDOW_MS = HOUR_MS;
const SIGNAL_WINDOW_MS = MINUTE_MS;
const WINDOW_MIN_MS = 15_000;
const WINDOW_MAX_MS = 31 * DAY_MS;
const FOR_MAX_MS = 7 * DAY_MS;
const SENSITIVITY = 3;
const CHANNELS_MAX = 10;
const URL_LENGTH_MAX = 2_000;
/** As it is stored. */
const RULE_BYTES_MAX = 16_384;

export type Condition =
  | { readonly kind: 'threshold'; readonly above: number | undefined; readonly below: number | undefined }
  /** In percent of the value a week before. */
  | { readonly kind: 'change'; readonly above: number | undefined; readonly below: number | undefined }
  | {
      readonly kind: 'anomaly';
      /** How many times the usual deviation is unusual. */
      readonly sensitivity: number;
      readonly direction: 'both' | 'above' | 'below';
    }
  | { readonly kind: 'no_data' };

export type Source =
  | {
      readonly kind: 'metric';
      readonly metric: string;
      /** As it was written: the metric's question takes it. */
      readonly where: unknown;
      /** Each of its values is judged by itself. */
      readonly dimension: string | undefined;
    }
  | { readonly kind: 'signal'; readonly signal: SignalName };

export interface Rule {
  readonly name: string;
  readonly source: Source;
  readonly condition: Condition;
  /** The window a value is taken over; the duration of no_data. */
  readonly windowMs: number;
  readonly forMs: number;
  readonly intervalMs: number;
  readonly hasSocket: boolean;
  readonly webhooks: readonly string[];
}

/** What is kept and shown: the rule as it was written, without its name. */
export type WrittenRule = Readonly<Record<string, unknown>>;

const numberOf = (message: string) => v.pipe(v.number(message), v.finite(message));
const limitsOf = (what: string) => ({
  above: v.optional(numberOf(`above is ${what}.`)),
  below: v.optional(numberOf(`below is ${what}.`)),
});
const windowOf = (name: string) =>
  durationBetween(WINDOW_MIN_MS, WINDOW_MAX_MS, `${name} is a duration from "15s" to "31d", such as "5m".`);
const SENSITIVITY_WORDS = 'sensitivity is a number from 0.5 to 100.';

const ruleSchema = v.strictObject({
  name: nameSchema,
  metric: v.optional(
    v.pipe(v.string('metric is the name or id of a saved metric.'), v.minLength(1), v.maxLength(200)),
  ),
  signal: v.optional(v.picklist(SIGNAL_NAMES, `signal is one of: ${SIGNAL_NAMES.join(', ')}.`)),
  where: v.optional(conditionSchema),
  dimension: v.optional(propertySchema),
  condition: v.strictObject({
    ...limitsOf('a number in the unit of what is watched, such as 50'),
    window: v.optional(windowOf('window')),
    change: v.optional(
      v.strictObject(
        limitsOf('a number of percent, such as 50 or -30'),
        'change is {"above": percent}, {"below": percent} or both.',
      ),
    ),
    anomaly: v.optional(
      v.strictObject({
        sensitivity: v.optional(
          v.pipe(
            v.number(SENSITIVITY_WORDS),
            v.minValue(0.5, SENSITIVITY_WORDS),
            v.maxValue(100, SENSITIVITY_WORDS),
          ),
        ),
        direction: v.optional(v.picklist(['both', 'above', 'below'], 'direction is both, above or below.')),
      }),
    ),
    no_data: v.optional(windowOf('no_data')),
  }),
  for: v.optional(durationBetween(0, FOR_MAX_MS, 'for is a duration from "0s" to "7d", such as "5m".')),
  interval: v.optional(
    durationBetween(
      INTERVAL_MIN_MS,
      INTERVAL_MAX_MS,
      'interval is a duration from "10s" to "1d", such as "1m".',
    ),
  ),
  channels: v.optional(
    v.pipe(
      v.array(
        v.union(
          [v.literal('socket'), v.strictObject({ webhook: v.pipe(v.string(), v.maxLength(URL_LENGTH_MAX)) })],
          'A channel is "socket" or {"webhook": URL}.',
        ),
      ),
      v.maxLength(CHANNELS_MAX, `An alert has at most ${CHANNELS_MAX} channels.`),
    ),
    ['socket'],
  ),
});

type RawRule = v.InferOutput<typeof ruleSchema>;

function readSource(raw: RawRule, written: WrittenRule): Source {
  if ((raw.metric === undefined) === (raw.signal === undefined))
    throw refuseField('metric', 'Name the metric with metric, or one of Weir’s own signals with signal.');
  if (raw.signal === undefined)
    return { kind: 'metric', metric: raw.metric!, where: written.where, dimension: raw.dimension?.name };
  if (raw.where !== undefined) throw refuseField('where', 'Signals have no conditions; metrics do.');
  if (raw.dimension !== undefined) throw refuseField('dimension', 'Signals have no dimensions; metrics do.');
  return { kind: 'signal', signal: raw.signal };
}

function readCondition({ condition: raw, dimension }: RawRule): Condition {
  const hasLimits = raw.above !== undefined || raw.below !== undefined;
  const kinds = [hasLimits, raw.change, raw.anomaly, raw.no_data !== undefined].filter(Boolean).length;
  if (kinds !== 1)
    throw refuseField(
      'condition',
      'A condition is one of {"above": n}, {"below": n}, {"change": {…}}, {"anomaly": {…}} and {"no_data": "30m"}.',
    );
  if (raw.window !== undefined && !hasLimits && !raw.change)
    throw refuseField('condition.window', 'A window goes with above, below and change.');
  if (hasLimits) return { kind: 'threshold', above: raw.above, below: raw.below };
  if (raw.change) {
    if (raw.change.above === undefined && raw.change.below === undefined)
      throw refuseField(
        'condition.change',
        'Say how many percent are too much: {"above": 50}, {"below": -30}, or both.',
      );
    return { kind: 'change', above: raw.change.above, below: raw.change.below };
  }
  if (raw.anomaly)
    return {
      kind: 'anomaly',
      sensitivity: raw.anomaly.sensitivity ?? SENSITIVITY,
      direction: raw.anomaly.direction ?? 'both',
    };
  if (dimension)
    throw refuseField(
      'dimension',
      'A value without events is not known, so no_data has no dimension; use where.',
    );
  return { kind: 'no_data' };
}

function readWindow(raw: RawRule, { kind }: Source): number {
  if (raw.condition.anomaly) return HOUR_MS;
  const standard = kind === 'metric' ? METRIC_WINDOW_MS : SIGNAL_WINDOW_MS;
  return raw.condition.no_data ?? raw.condition.window ?? standard;
}

function readWebhooks(raw: RawRule): readonly string[] {
  const urls = raw.channels.flatMap((channel) => (channel === 'socket' ? [] : [channel.webhook]));
  for (const url of urls) {
    const fault = findUrlFault(url);
    if (fault !== undefined)
      throw new RequestError(422, 'invalid_webhook', `A webhook cannot have this address: ${fault}.`);
  }
  return [...new Set(urls)];
}

/** Reads a rule, and gives it back as it is kept. @throws RequestError 422 */
export function readRule(input: unknown): { rule: Rule; written: WrittenRule } {
  const raw = parseRequest(ruleSchema, input);
  const { name, ...written } = input as Readonly<Record<string, unknown>>;
  if (Buffer.byteLength(JSON.stringify(written)) > RULE_BYTES_MAX)
    throw refuseField('', `A rule has at most ${RULE_BYTES_MAX} bytes of JSON.`);
  const source = readSource(raw, written);
  const condition = readCondition(raw);
  const standard = condition.kind === 'anomaly' ? ANOMALY_INTERVAL_MS : INTERVAL_MS;
  const rule: Rule = {
    name: raw.name,
    source,
    condition,
    windowMs: readWindow(raw, source),
    forMs: raw.for ?? 0,
    intervalMs: raw.interval ?? standard,
    hasSocket: raw.channels.includes('socket'),
    webhooks: readWebhooks(raw),
  };
  return { rule, written };
}
