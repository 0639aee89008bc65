/** The stage that brings every dialect to one form: which dialect reads which format is the table below. */
import { isJsonObject, type JsonObject } from '../event/json.js';
import type { PayloadFormat } from '../event/types.js';
import type { Draft, PayloadFacts } from './draft.js';
import { describeType } from './fields.js';
import { normaliseNative } from './native-dialect.js';
import { normalisePosthog } from './posthog-dialect.js';
import { normaliseSegment } from './segment-dialect.js';

/** Fills a draft from a raw event, noting what cannot be read. */
export type Dialect = (draft: Draft, raw: JsonObject, payload: PayloadFacts) => void;

const DIALECTS: Readonly<Record<PayloadFormat, Dialect>> = {
  events: normaliseNative,
  ndjson: normaliseNative,
  segment: normaliseSegment,
  'segment-track': normaliseSegment,
  'segment-identify': normaliseSegment,
  'segment-page': normaliseSegment,
  'segment-screen': normaliseSegment,
  'segment-group': normaliseSegment,
  'segment-alias': normaliseSegment,
  posthog: normalisePosthog,
};

export function normalise(draft: Draft, payload: PayloadFacts): void {
  const { raw } = draft;
  if (isJsonObject(raw)) DIALECTS[payload.format](draft, raw, payload);
  else draft.fail('not_an_object', '', `an event must be a JSON object, not ${describeType(raw)}`);
}
