/** What clients say on the socket, read with all that can be wrong with it. */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { RequestError } from '../errors.js';
import { conditionSchema, eventNameSchema, parseRequest, refuseField } from '../query/request.js';
import { createEventFilter } from './event-filter.js';
import type { EventQuestion } from './events-topic.js';
import { METRICS_MAX } from './limits.js';
import type { ChannelName } from './topic.js';

const CHANNELS: readonly ChannelName[] = ['events', 'metrics', 'funnel', 'alerts'];

/** A live question. `key` names its topic: equal questions of one project have equal keys. */
export type TopicRequest =
  | { readonly channel: 'events'; readonly key: string; readonly question: EventQuestion }
  | { readonly channel: 'metrics'; readonly key: string; readonly metrics: readonly string[] }
  | { readonly channel: 'funnel'; readonly key: string; readonly funnel: string }
  | { readonly channel: 'alerts'; readonly key: string };

export type ClientMessage =
  | { readonly type: 'subscribe'; readonly request: TopicRequest; readonly after: string | undefined }
  | { readonly type: 'unsubscribe'; readonly key: string }
  | { readonly type: 'ping' };

const metricName = v.pipe(v.string('metrics is an array of names or ids.'), v.minLength(1), v.maxLength(200));

const SAMPLE_WORDS = 'sample is a share above 0 and up to 1, such as 0.1.';

const CHANNEL_ENTRIES = {
  events: {
    event: v.optional(eventNameSchema),
    where: v.optional(conditionSchema),
    sample: v.optional(
      v.pipe(v.number(SAMPLE_WORDS), v.gtValue(0, SAMPLE_WORDS), v.maxValue(1, SAMPLE_WORDS)),
      1,
    ),
  },
  metrics: {
    metrics: v.optional(
      v.pipe(
        v.array(metricName),
        v.maxLength(METRICS_MAX, `One subscription has at most ${METRICS_MAX} metrics.`),
      ),
      [],
    ),
  },
  funnel: {
    funnel: v.pipe(v.string('funnel is the id of a saved funnel.'), v.minLength(1), v.maxLength(100)),
  },
  alerts: {},
} as const;

const common = {
  type: v.string(),
  channel: v.string(),
  topic: v.optional(v.string()),
  after: v.optional(
    v.pipe(
      v.string('after is the id of a message.'),
      v.regex(/^\d{1,16}(-\d{1,9})?$/, 'after is the id of a message.'),
    ),
  ),
};

const schemas = {
  events: v.strictObject({ ...common, ...CHANNEL_ENTRIES.events }),
  metrics: v.strictObject({ ...common, ...CHANNEL_ENTRIES.metrics }),
  funnel: v.strictObject({ ...common, ...CHANNEL_ENTRIES.funnel }),
  alerts: v.strictObject({ ...common, ...CHANNEL_ENTRIES.alerts }),
};

/** A short name for a question that would be long written out. */
function nameTopic(channel: ChannelName, question: unknown): string {
  return `${channel}:${createHash('sha1').update(JSON.stringify(question)).digest('hex').slice(0, 12)}`;
}

const isChannel = (channel: unknown): channel is ChannelName => CHANNELS.some((one) => one === channel);

/** @throws RequestError 422 */
export function readTopicRequest(input: Readonly<Record<string, unknown>>): TopicRequest {
  const { channel } = input;
  if (!isChannel(channel))
    throw new RequestError(
      422,
      'unknown_channel',
      channel === undefined
        ? `Say which channel with channel: ${CHANNELS.join(', ')}.`
        : `There is no channel ${JSON.stringify(channel).slice(0, 100)}; there are ${CHANNELS.join(', ')}.`,
    );
  switch (channel) {
    case 'events': {
      const { event, where, sample } = parseRequest(schemas.events, input);
      const plain = event === undefined && where === undefined && sample === 1;
      const key = plain ? channel : nameTopic(channel, [event ?? null, where ?? null, sample]);
      return { channel, key, question: { event, filter: where && createEventFilter(where), share: sample } };
    }
    case 'metrics': {
      const metrics = [...new Set(parseRequest(schemas.metrics, input).metrics)].sort();
      return { channel, key: metrics.length === 0 ? channel : nameTopic(channel, metrics), metrics };
    }
    case 'funnel': {
      const { funnel } = parseRequest(schemas.funnel, input);
      return { channel, key: `funnel:${funnel}`, funnel };
    }
    case 'alerts':
      parseRequest(schemas.alerts, input);
      return { channel, key: channel };
  }
}

/** @throws RequestError 400 and 422 */
export function readClientMessage(text: string): ClientMessage {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw new RequestError(400, 'malformed_json', 'The message is not JSON.');
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new RequestError(422, 'invalid_request', 'A message is an object such as {"type":"ping"}.');
  const message = input as Record<string, unknown>;
  switch (message.type) {
    case 'ping':
      return { type: 'ping' };
    case 'subscribe': {
      const { after } = message;
      const request = readTopicRequest(message);
      return { type: 'subscribe', request, after: typeof after === 'string' ? after : undefined };
    }
    case 'unsubscribe':
      if (typeof message.topic === 'string') return { type: 'unsubscribe', key: message.topic };
      if (message.channel === undefined)
        throw refuseField(
          'topic',
          'topic is that of the subscription to end; its channel and question do as well.',
        );
      return { type: 'unsubscribe', key: readTopicRequest(message).key };
    default:
      throw refuseField('type', 'type is "subscribe", "unsubscribe" or "ping".');
  }
}
