/**
 * The hot path: from a request to a payload that is durable in Redis, and the answer.
 *
 *   head      key, scope, rate, type and encoding; whatever is wrong here is answered before the body has come
 *   body      received under limits (transport/intake.ts), inflated under a limit
 *   look      up to INSPECT_BYTES_MAX, and when there is only one, events are judged at once; else counted only
 *   append    one stream entry, the body as it came; the answer waits for Redis's fsync
 *   answer    202, or with `?wait=stored` 200 when every event has its outcome, 202 when that takes longer than is waited
 *
 * A body that is refused here was not taken at all. An event that is wrong among others refuses only itself: it is
 * appended like the rest, and the workers reject it with its reason.
 */
import { hash } from 'node:crypto';
import { type Access, requireScope } from '../../access/access.js';
import { findBodyKey, findIngestKey } from '../../access/credential.js';
import { refuseRate } from '../../access/rate-limit.js';
import { RequestError, StreamError } from '../../errors.js';
import { inflate, isInflated } from '../../event/inflate.js';
import { EVENT_BYTES_MAX, INSPECT_BYTES_MAX, PAYLOAD_BYTES_MAX } from '../../event/limits.js';
import type { ContentEncoding, PayloadFormat } from '../../event/types.js';
import { countEvents, type Inspection, inspectPayload } from '../../pipeline/inspect.js';
import type { AwaitedOutcome } from '../../stream/stream.js';
import { acceptedBytesTotal, acceptedEventsTotal, acceptedPayloadsTotal } from '../../telemetry/metrics.js';
import type { AppDeps } from '../deps.js';
import { capitalise, refuseMissingKey, refuseUnknownKey } from '../problem.js';
import type { Exchange, Reply, RequestHead } from '../transport/exchange.js';
import { composeAccepted, composeStored, type FirstAnswer, parseFirstAnswer, refuseEvent } from './answer.js';
import {
  BODY_BYTES_MAX,
  readContentEncoding,
  readContentType,
  readForm,
  readKeyCarrier,
  sniffEncoding,
  sniffFormat,
} from './body.js';
import { createFullProjects, refuseFull } from './full-projects.js';
import type { IngestRoute } from './routes.js';

/** Inflated bytes of a body that is searched for its key: it must be parsed before anybody is known to have sent it. */
const KEYED_BODY_BYTES_MAX = 5 * 1024 * 1024;
/** How long `?wait=stored` waits for the outcomes. */
const STORED_WAIT_MAX_MS = 30_000;
const IDEMPOTENCY_KEY_LENGTH_MAX = 200;
/** What is kept of a client's User-Agent. */
const USER_AGENT_LENGTH_MAX = 512;
/** A body of one event is judged at once up to this many bytes; what is around the event may take as much as it does. */
const LONE_EVENT_BYTES_MAX = 2 * EVENT_BYTES_MAX;
/** Bodies inflated at the same time; each may take PAYLOAD_BYTES_MAX. */
const INFLATING_MAX = 8;

export type Ingest = (exchange: Exchange, route: IngestRoute, requestId: string) => Promise<Reply>;

const createReader = (head: RequestHead) => (name: string) => head.headers.get(name);

/** Lets at most `max` run at once; the rest wait in order. */
function createGate(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    try {
      return await work();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}

function readIdempotencyKey(head: RequestHead): string | undefined {
  const key = head.headers.get('idempotency-key')?.trim();
  if (!key) return undefined;
  if (key.length <= IDEMPOTENCY_KEY_LENGTH_MAX) return key;
  throw new RequestError(
    400,
    'invalid_idempotency_key',
    `The Idempotency-Key has ${key.length} characters; ${IDEMPOTENCY_KEY_LENGTH_MAX} is the most.`,
  );
}

function readWait(query: string): boolean {
  if (!query.includes('wait=')) return false;
  const wait = new URLSearchParams(query).get('wait');
  if (wait === 'stored') return true;
  throw new RequestError(
    400,
    'invalid_wait',
    '"stored" is the only thing that can be waited for: ?wait=stored.',
  );
}

function refuseMalformed({ malformed }: Inspection): void {
  if (!malformed) return;
  if (malformed.kind === 'empty') {
    throw new RequestError(
      400,
      'empty_batch',
      'There is no event in the body: send an event, an array of events, {"events": […]} or one event a line.',
    );
  }
  if (malformed.kind === 'too_many')
    throw new RequestError(413, 'too_many_events', capitalise(malformed.message));
  const place =
    malformed.line > 0 ? { line: malformed.line, column: malformed.column, near: malformed.near } : {};
  throw new RequestError(400, 'malformed_body', capitalise(malformed.message), [], { members: place });
}

export function createIngest(deps: AppDeps): Ingest {
  const gate = createGate(INFLATING_MAX);
  const full = createFullProjects();

  async function identify(key: string): Promise<Access> {
    const access = (await deps.keyRing.findFresh(key)) ?? undefined;
    if (!access) throw refuseUnknownKey();
    requireScope(access, 'write');
    const rate = await deps.rateLimiter.count(access, 'ingest');
    if (!rate.allowed) throw refuseRate(rate);
    full.check(access.project);
    return access;
  }

  async function inflateBody(
    encoding: ContentEncoding,
    body: Uint8Array,
    bytesMax: number,
  ): Promise<Uint8Array> {
    if (encoding === '' && body.length <= bytesMax) return body;
    const inflated = await gate(() => inflate(encoding, body, bytesMax));
    if (isInflated(inflated)) return inflated;
    const { kind, message } = inflated;
    if (kind === 'too_large') throw new RequestError(413, 'body_too_large', capitalise(message));
    if (kind === 'unknown_encoding') throw new RequestError(415, 'unsupported_encoding', capitalise(message));
    throw new RequestError(400, 'malformed_encoding', capitalise(message));
  }

  async function identifyByBody(bytes: Uint8Array): Promise<Access> {
    const key = findBodyKey(readKeyCarrier(bytes));
    if (key === undefined) throw refuseMissingKey();
    return identify(key);
  }

  function look(format: PayloadFormat, bytes: Uint8Array, project: string): Inspection {
    const inspect = (): Inspection =>
      inspectPayload(format, bytes, Date.now(), { rules: deps.rules(), project });
    if (bytes.length <= INSPECT_BYTES_MAX) return inspect();
    const counted = countEvents(format, bytes);
    if (counted.eventCount !== 1) return counted;
    if (bytes.length <= LONE_EVENT_BYTES_MAX) return inspect();
    throw new RequestError(
      422,
      'event_too_large',
      `The event was not taken: it has ${bytes.length} bytes, ${EVENT_BYTES_MAX} is the most.`,
    );
  }

  async function append(
    head: RequestHead,
    access: Access,
    payload: { format: PayloadFormat; encoding: ContentEncoding; body: Uint8Array },
    first: FirstAnswer,
  ): Promise<{ payloadId: string; first: FirstAnswer }> {
    const key = readIdempotencyKey(head);
    const digest = key === undefined ? '' : hash('sha256', payload.body, 'base64url');
    const appended = await deps.stream.append(
      {
        ...payload,
        project: access.project,
        eventCount: first.received,
        ip: head.address,
        userAgent: (head.headers.get('user-agent') ?? '').slice(0, USER_AGENT_LENGTH_MAX),
      },
      key === undefined ? undefined : { key, answer: JSON.stringify({ ...first, digest }) },
    );
    const { payloadId, repeated } = appended;
    if (!repeated) {
      acceptedPayloadsTotal.inc({ format: payload.format });
      acceptedEventsTotal.inc({ format: payload.format }, first.received);
      acceptedBytesTotal.inc(payload.body.length);
      return { payloadId, first };
    }
    const earlier = parseFirstAnswer(repeated.answer);
    if (earlier.digest !== digest) {
      throw new RequestError(
        422,
        'idempotency_key_reused',
        'This Idempotency-Key came before with another body. Nothing was taken: use a new key for each new body.',
      );
    }
    return { payloadId, first: earlier };
  }

  async function waitStored(payloadId: string, first: FirstAnswer): Promise<Reply> {
    const { stopping } = deps;
    const outcome = await new Promise<AwaitedOutcome>((resolve) => {
      const stop = (): void => resolve({ status: 'pending' });
      if (stopping.aborted) stop();
      stopping.addEventListener('abort', stop, { once: true });
      void deps.stream.waitForOutcome(payloadId, STORED_WAIT_MAX_MS).then((found) => {
        stopping.removeEventListener('abort', stop);
        resolve(found);
      });
    });
    return outcome.status === 'done'
      ? composeStored(payloadId, outcome)
      : composeAccepted(payloadId, first, true);
  }

  return async (exchange, route) => {
    const { head } = exchange;
    const receiving = exchange.readBody(BODY_BYTES_MAX);
    // It may fail while the head is still being judged; the answer is then about the head.
    receiving.catch(() => {});
    const named = readContentType(head.headers.get('content-type'));
    const declared = readContentEncoding(head.headers.get('content-encoding'));
    const wait = readWait(head.query);
    const headKey = findIngestKey(createReader(head), head.query);
    let access = headKey === undefined ? undefined : await identify(headKey);
    const sent = await receiving;
    const sentEncoding = declared === '' ? sniffEncoding(sent) : declared;
    const inflated = await inflateBody(sentEncoding, sent, access ? PAYLOAD_BYTES_MAX : KEYED_BODY_BYTES_MAX);
    const form = route.format === 'posthog' ? readForm(inflated) : undefined;
    const bytes = form ?? inflated;
    const body = form ?? sent;
    const encoding = form ? '' : sentEncoding;
    access ??= await identifyByBody(bytes);
    if (route.flag !== undefined) deps.flags.require(access, route.flag);
    const format = route.format === 'events' ? (named ?? sniffFormat(bytes)) : route.format;
    const inspection = look(format, bytes, access.project);
    refuseMalformed(inspection);
    if (inspection.eventCount === 1 && inspection.rejectedCount === 1) throw refuseEvent(inspection);
    const inspected = bytes.length <= INSPECT_BYTES_MAX || inspection.eventCount === 1;
    const mine: FirstAnswer = {
      received: inspection.eventCount,
      ...(inspected
        ? {
            accepted: inspection.eventCount - inspection.rejectedCount,
            rejected: inspection.rejectedCount,
            problems: inspection.problems,
          }
        : {}),
    };
    try {
      const { payloadId, first } = await append(head, access, { format, encoding, body }, mine);
      // Whoever waits wants to hear what became of each event, whatever the dialect's own answer is.
      if (route.answer !== undefined && !wait) {
        return { status: 200, headers: { 'Content-Type': 'application/json' }, body: route.answer };
      }
      return wait ? await waitStored(payloadId, first) : composeAccepted(payloadId, first, false);
    } catch (error) {
      if (!(error instanceof StreamError) || error.code !== 'stream_full') throw error;
      full.note(access.project);
      throw refuseFull();
    }
  };
}
