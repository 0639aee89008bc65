/**
 * An event on its way through the stages: the raw value it came as, and the fields the stages fill in. A stage either
 * leaves a draft better than it found it, or gives it a problem, and then no later stage sees it.
 */
import type { JsonObject, JsonValue } from '../event/json.js';
import { EVENT_PROBLEMS_MAX } from '../event/limits.js';
import type { PayloadFormat, Problem, RejectCode } from '../event/types.js';
import type { PayloadClocks } from './enrich/clock.js';
import type { SenderFacts } from './enrich/sender.js';

const EMPTY: JsonObject = Object.freeze({});

/** What an event says, by which a repeat of it is known. */
export interface Said {
  readonly event: string;
  readonly userId: string;
  readonly anonymousId: string;
  readonly sessionId: string;
  readonly properties: JsonObject;
}

export class Draft {
  event = '';
  /** Empty until `enrich` derives one. */
  eventId = '';
  userId = '';
  anonymousId = '';
  sessionId = '';
  /** NaN: the client gave none. */
  timestampMs = Number.NaN;
  /** Whether the timestamp was reckoned from the time of receipt: then the client's clock has no part in it. */
  isTimeReckoned = false;
  /** What was added to the client's timestamp because its clock is wrong. */
  clockOffsetMs = 0;
  /** Whether the client gave the timestamp: only then is it part of what the event says. */
  hasOwnTimestamp = false;
  /** NaN: none. */
  sentAtMs = Number.NaN;
  properties: JsonObject = EMPTY;
  context: JsonObject = EMPTY;
  /** What the client said, once a plugin has changed it: a repeat is known by that, whatever the plugins are by then. */
  said: Said | undefined;
  /** Which part of a split event this is, from 0. */
  part = 0;
  problems: Problem[] | undefined;
  /** Its problems are not its sender's business: it is set aside, and the sender hears yes. */
  quarantined = false;
  /** A stage discarded the event on purpose. */
  dropped = false;

  constructor(
    /** Its place in its payload, from 0. */
    readonly index: number,
    readonly raw: JsonValue,
    /** Of its JSON, with what stands beside a batch. */
    readonly bytes: number,
  ) {}

  /** Part `part` of this event, under an id of its own: all the rest is the event's until it is changed. */
  makePart(part: number, eventId: string): Draft {
    const copy = new Draft(this.index, this.raw, this.bytes);
    return Object.assign(copy, this, { part, eventId });
  }

  /** Notes what is wrong; the first problem is the one the event is rejected for. */
  fail(code: RejectCode, path: string, message: string): void {
    this.problems ??= [];
    if (this.problems.length < EVENT_PROBLEMS_MAX) this.problems.push({ code, path, message });
  }
}

/** What the stages know of the payload an event came in. */
export interface PayloadFacts {
  project: string;
  payloadId: string;
  format: PayloadFormat;
  receivedAtMs: number;
  /** The object around the events, where there is one: what it says holds for each of them. */
  wrapper: JsonObject | undefined;
  sender: SenderFacts;
  /** The clocks of its devices, as far as its chunks have been read. */
  clocks: PayloadClocks;
}
