/**
 * The events channel: events as they are stored, filtered. A batch of many events is told as a sample of each type, and a
 * subscription gets at most EVENTS_PER_SECOND_MAX events a second; then each says what share of its kind it is one of.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveEvent } from '../event/live.js';
import type { LiveRecord } from '../stream/live-record.js';
import type { EventFilter } from './event-filter.js';
import type { Attachment, LiveBatch, LiveView } from './feed.js';
import { EVENTS_PER_SECOND_MAX, RESUME_EVENTS_MAX, SNAPSHOT_EVENTS, SNAPSHOT_WAIT_MS } from './limits.js';
import type { LiveTail } from './tail.js';
import { formatMessage, type Outgoing, type Snapshot, type Subscriber, type Topic } from './topic.js';

export interface EventQuestion {
  /** Of this type only. */
  readonly event: string | undefined;
  readonly filter: EventFilter | undefined;
  /** Of those that fulfil it, this share; 1: all. */
  readonly share: number;
}

/** Where a client was: a batch, and a row of it. */
export interface EventPosition {
  readonly seq: number;
  readonly row: number;
}

const POSITION = /^(\d{1,16})(?:-(\d{1,9}))?$/;

export function parsePosition(id: string): EventPosition | undefined {
  const match = POSITION.exec(id);
  return match
    ? { seq: Number(match[1]), row: match[2] === undefined ? Number.MAX_SAFE_INTEGER : Number(match[2]) }
    : undefined;
}

interface Told {
  readonly id: string;
  readonly seq: number;
  readonly event: LiveEvent;
  readonly json: string;
  /** Events of the batch and type for each one in its sample. */
  readonly weight: number;
}

/** Batches read for a snapshot or for resuming. */
const RECORDS_READ = 2_000;
/** Batches read for the newest events of a snapshot. */
const SNAPSHOT_RECORDS = 50;

export class EventsTopic implements Topic, LiveView {
  readonly channel = 'events';
  private readonly subscribers = new Set<Subscriber>();
  private readonly attachment: Attachment;
  private toldSeq = 0;
  private second = 0;
  /** Events offered and sent in the current second, and offered in the one before. */
  private offered = 0;
  private sent = 0;
  private offeredBefore = 0;

  constructor(
    readonly key: string,
    readonly project: string,
    private readonly question: EventQuestion,
    private readonly tail: LiveTail,
    attach: (view: LiveView) => Attachment,
  ) {
    this.attachment = attach(this);
  }

  get size(): number {
    return this.subscribers.size;
  }

  /** Events are not read from the tables: those that were missed are only missed. */
  async load(): Promise<void> {}

  apply(batch: LiveBatch): void {
    // After something was missed, batches from before it come again.
    if (batch.seq <= this.toldSeq) return;
    this.toldSeq = batch.seq;
    if (this.subscribers.size === 0) return;
    for (const told of this.select(batch)) this.offer(told);
  }

  changed(): void {}
  tick(): void {}

  private offer({ id, seq, json, weight }: Told): void {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.second) {
      this.offeredBefore = second === this.second + 1 ? this.offered : 0;
      this.second = second;
      this.offered = 0;
      this.sent = 0;
    }
    this.offered += 1;
    // Spread over the second by how many there were in the one before.
    const due = Math.ceil(
      (this.offered * EVENTS_PER_SECOND_MAX) / Math.max(EVENTS_PER_SECOND_MAX, this.offeredBefore),
    );
    if (this.sent >= Math.min(due, EVENTS_PER_SECOND_MAX)) return;
    this.sent += 1;
    const rate = this.sent / this.offered / weight;
    const message: Outgoing = { topic: this.key, seq, kind: 'event', text: this.format(id, json, rate) };
    for (const subscriber of this.subscribers) subscriber.deliver(message);
  }

  private format(id: string, json: string, rate: number): string {
    const sampled = rate < 1 ? `,"sampled":${Number(rate.toPrecision(2))}` : '';
    return formatMessage('event', this, id, json, sampled);
  }

  /** The events of a batch's sample that are asked for, in order. */
  private *select({ seq, rows, project }: LiveBatch): Generator<Told> {
    const { question } = this;
    const totals = new Map<number, number>();
    for (let i = 0; i < rows.rowName.length; i++)
      if (rows.rowProject[i] === project)
        totals.set(rows.rowName[i]!, (totals.get(rows.rowName[i]!) ?? 0) + 1);
    const samples = rows.samples.filter(({ row }) => rows.rowProject[row] === project);
    const kept = new Map<number, number>();
    for (const { row } of samples) kept.set(rows.rowName[row]!, (kept.get(rows.rowName[row]!) ?? 0) + 1);
    for (const { row, json } of samples) {
      const name = rows.rowName[row]!;
      if (question.event !== undefined && rows.names[name] !== question.event) continue;
      const event = JSON.parse(json) as LiveEvent;
      if (question.filter && !question.filter(event)) continue;
      if (question.share < 1 && !isChosen(rows.persons, row, question.share)) continue;
      const weight = totals.get(name)! / kept.get(name)! / question.share;
      yield { id: `${seq}-${row}`, seq, event, json, weight };
    }
  }

  private selectRecord({ seq, rows }: LiveRecord): Told[] {
    const project = rows?.projects.indexOf(this.project) ?? -1;
    return project === -1 ? [] : [...this.select({ seq, rows: rows!, project })];
  }

  /** The newest events, oldest first. Throws StreamError. */
  async snapshot(): Promise<Snapshot> {
    await Promise.race([this.attachment.ready, sleep(SNAPSHOT_WAIT_MS, undefined, { ref: false })]);
    const records = await this.tail.readNewest(SNAPSHOT_RECORDS);
    const newest: Told[] = [];
    for (const record of records) {
      newest.unshift(...this.selectRecord(record));
      if (newest.length >= SNAPSHOT_EVENTS) break;
    }
    return {
      id: String(records[0]?.seq ?? 0),
      data: { events: newest.slice(-SNAPSHOT_EVENTS).map(({ event }) => event) },
    };
  }

  /** The messages after a position, or undefined when the stream does not reach back to it. Throws StreamError. */
  async readAfter(position: EventPosition): Promise<{ messages: Outgoing[]; id: string } | undefined> {
    const records = await this.tail.readFrom(position.seq, RECORDS_READ);
    const [first] = records;
    if (!first || (first.seq !== position.seq && first.prev !== position.seq)) return undefined;
    const told = records.flatMap((record) =>
      this.selectRecord(record).filter(({ id }) => isAfter(id, position)),
    );
    if (told.length > RESUME_EVENTS_MAX || records.length >= RECORDS_READ) return undefined;
    const messages = told.map(
      ({ id, seq, json, weight }): Outgoing => ({
        topic: this.key,
        seq,
        kind: 'event',
        text: this.format(id, json, 1 / weight),
      }),
    );
    return { messages, id: String(records.at(-1)!.seq) };
  }

  add(subscriber: Subscriber): void {
    this.subscribers.add(subscriber);
  }

  remove(subscriber: Subscriber): void {
    this.subscribers.delete(subscriber);
  }

  close(): void {
    this.attachment.detach();
  }
}

function isAfter(id: string, position: EventPosition): boolean {
  const { seq, row } = parsePosition(id)!;
  return seq > position.seq || (seq === position.seq && row > position.row);
}

/** A share of the persons, the same on every front and at every time. */
const isChosen = (persons: Uint32Array, row: number, share: number): boolean =>
  persons[row * 2]! < share * 2 ** 32;
