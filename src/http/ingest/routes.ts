/** The ingest routes: where events come in, in which dialect, and what their senders want to hear. */
import type { PayloadFormat } from '../../event/types.js';
import type { FlagName } from '../../flags/flag.js';

export interface IngestRoute {
  path: string;
  /** `events` covers NDJSON too: the body tells. */
  format: Exclude<PayloadFormat, 'ndjson'>;
  /** The fixed answer of a dialect; native senders are told about their batch. */
  answer: string | undefined;
  /** The feature that must be on. */
  flag?: FlagName;
}

const SEGMENT_ANSWER = '{"success":true}';
const POSTHOG_ANSWER = '{"status":1}';

const native = (path: string): IngestRoute => ({ path, format: 'events', answer: undefined });
const segment = (path: string, format: IngestRoute['format']): IngestRoute => ({
  path,
  format,
  answer: SEGMENT_ANSWER,
});
const posthog = (path: string): IngestRoute => ({ path, format: 'posthog', answer: POSTHOG_ANSWER });

/** The last two: events about language models, and the form clients speak that were told to capture by "v1". */
const POSTHOG_PATHS = [
  '/batch/',
  '/batch',
  '/capture/',
  '/capture',
  '/i/v0/e/',
  '/i/v0/e',
  '/e/',
  '/e',
  '/i/v0/ai/batch/',
  '/i/v1/analytics/events',
] as const;

export const INGEST_ROUTES: readonly IngestRoute[] = [
  native('/v1/events'),
  { ...native('/v1/analytics/events/custom'), flag: 'analytics.custom_events' },
  segment('/v1/batch', 'segment'),
  segment('/v1/import', 'segment'),
  segment('/v1/track', 'segment-track'),
  segment('/v1/identify', 'segment-identify'),
  segment('/v1/page', 'segment-page'),
  segment('/v1/screen', 'segment-screen'),
  segment('/v1/group', 'segment-group'),
  segment('/v1/alias', 'segment-alias'),
  // What Segment's browser client calls: its host option plus the first letter of the call.
  segment('/v1/b', 'segment'),
  segment('/v1/t', 'segment-track'),
  segment('/v1/i', 'segment-identify'),
  segment('/v1/p', 'segment-page'),
  segment('/v1/s', 'segment-screen'),
  segment('/v1/g', 'segment-group'),
  segment('/v1/a', 'segment-alias'),
  ...POSTHOG_PATHS.map(posthog),
];
