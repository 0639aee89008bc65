/** What senders of native events hear. Names and shapes are fixed by the interface. */
import { RequestError } from '../../errors.js';
import type { EventProblem, Inspection } from '../../pipeline/inspect.js';
import type { PayloadDone } from '../../stream/stream.js';
import type { Reply } from '../transport/exchange.js';

/** What an Idempotency-Key remembers: all that the first answer said beside the batch id. */
export interface FirstAnswer {
  received: number;
  /** Only known of bodies small enough to be judged at once. */
  accepted?: number;
  rejected?: number;
  problems?: EventProblem[];
  /** Of the body, to notice a key that is used for something else. */
  digest?: string;
}

/** Problems listed in one answer; all are kept with the rejected events. */
const PROBLEMS_MAX = 100;

const JSON_TYPE = { 'Content-Type': 'application/json' } as const;

export const parseFirstAnswer = (text: string): FirstAnswer => JSON.parse(text) as FirstAnswer;

/** 202: the payload is durable. `stillPending` says that storing was waited for and took longer. */
export function composeAccepted(payloadId: string, first: FirstAnswer, stillPending: boolean): Reply {
  const { received, accepted, rejected, problems } = first;
  const body = {
    batch_id: payloadId,
    received,
    ...(accepted === undefined ? {} : { accepted, rejected }),
    ...(problems && problems.length > 0 ? { problems: problems.slice(0, PROBLEMS_MAX) } : {}),
    ...(stillPending
      ? {
          status: 'pending',
          detail: `The events are safe and not stored yet: ask GET /v1/batches/${payloadId} for their outcome.`,
        }
      : {}),
  };
  return { status: 202, headers: JSON_TYPE, body: JSON.stringify(body) };
}

/** 200: every event has its outcome. */
export function composeStored(payloadId: string, outcome: PayloadDone): Reply {
  const { received, stored, duplicates, rejects, rejected } = outcome;
  const body = {
    batch_id: payloadId,
    received,
    stored,
    duplicates,
    rejected: rejects.map(({ index, eventId, code, path, message }) => ({
      index,
      event_id: eventId,
      code,
      path,
      message,
    })),
    // More were rejected than are listed here; all are in /v1/rejected-events.
    ...(rejected > rejects.length ? { rejected_count: rejected } : {}),
  };
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify(body) };
}

/** A body of one event that would be rejected: 422, or 400 when it is not even JSON. */
export function refuseEvent({ problems }: Inspection): RequestError {
  const [first] = problems;
  const isMalformed = first?.code === 'malformed_json';
  return new RequestError(
    isMalformed ? 400 : 422,
    isMalformed ? 'malformed_body' : (first?.code ?? 'invalid_event'),
    explainEvent(first),
    problems.slice(0, PROBLEMS_MAX).map(({ path, code, message }) => ({ path, code, message })),
  );
}

function explainEvent(problem: EventProblem | undefined): string {
  if (!problem) return 'The event was not taken: it is not valid.';
  const { path, message } = problem;
  const where = path === '' || message.includes(path) ? '' : ` at ${path}`;
  return `The event was not taken${where}: ${message}${/[.?!]$/.test(message) ? '' : '.'}`;
}
