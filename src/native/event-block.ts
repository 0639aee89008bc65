/** The block of an ingest batch: the columns of EVENT_COLUMNS, filled an event at a time. */
import { EVENT_COLUMNS } from '../event/columns.js';
import type { JsonObject } from '../event/json.js';
import { writeBlock } from './block.js';
import type { ByteBuffer } from './byte-buffer.js';
import {
  type Column,
  ConstantColumn,
  LowCardinalityColumn,
  NullableTimeColumn,
  StringColumn,
  TimeColumn,
  Uint64Column,
} from './column.js';
import { createJsonBlock, JsonColumn, type Leaves } from './json-column.js';

/** The fields of an event as the table has them; times in ms, NaN for a `sent_at` that is missing. */
export interface EventRow {
  readonly event: string;
  readonly timestampMs: number;
  readonly eventId: string;
  readonly userId: string;
  readonly anonymousId: string;
  readonly sessionId: string;
  readonly sentAtMs: number;
  readonly properties: JsonObject;
  readonly context: JsonObject;
}

type ColumnName = (typeof EVENT_COLUMNS)[number]['name'];

const typeOf = (name: ColumnName): string => EVENT_COLUMNS.find((column) => column.name === name)!.type;

export class EventBlock {
  rows = 0;
  private readonly json = createJsonBlock();
  private readonly project = new LowCardinalityColumn();
  private readonly event = new LowCardinalityColumn();
  private readonly timestamp = new TimeColumn();
  private readonly eventId = new StringColumn();
  private readonly userId = new StringColumn();
  private readonly anonymousId = new StringColumn();
  private readonly sessionId = new StringColumn();
  private readonly receivedAt = new TimeColumn();
  private readonly sentAt = new NullableTimeColumn();
  private readonly contentHash = new Uint64Column();
  private readonly properties = new JsonColumn(this.json, typeOf('properties'));
  private readonly context = new JsonColumn(this.json, typeOf('context'));

  constructor(
    private readonly partition: number,
    private readonly seq: number,
  ) {}

  /** What the JSON columns will take beside their values: grows with the square of different properties. */
  get cells(): number {
    return this.json.cells;
  }

  /** Paths of the JSON columns. */
  get paths(): number {
    return this.json.paths;
  }

  /** Takes an event's properties apart; the next `append` must be of the same event. */
  readProperties(properties: JsonObject): Leaves {
    return this.properties.takeApart(properties);
  }

  /** Adds the event whose properties were read last. */
  append(project: string, row: EventRow, receivedAtMs: number, hashLow: number, hashHigh: number): void {
    this.project.append(project);
    this.event.append(row.event);
    this.timestamp.append(row.timestampMs);
    this.eventId.append(row.eventId);
    this.userId.append(row.userId);
    this.anonymousId.append(row.anonymousId);
    this.sessionId.append(row.sessionId);
    this.receivedAt.append(receivedAtMs);
    this.sentAt.append(row.sentAtMs);
    this.contentHash.append(hashLow, hashHigh);
    this.properties.appendLeaves();
    this.context.append(row.context);
    this.rows++;
  }

  /** Appends the block to `out`. */
  write(out: ByteBuffer): void {
    const byName: Record<ColumnName, Column> = {
      project: this.project,
      event: this.event,
      timestamp: this.timestamp,
      event_id: this.eventId,
      user_id: this.userId,
      anonymous_id: this.anonymousId,
      session_id: this.sessionId,
      received_at: this.receivedAt,
      sent_at: this.sentAt,
      batch_partition: new ConstantColumn('UInt16', this.partition, this.rows),
      batch_seq: new ConstantColumn('UInt64', this.seq, this.rows),
      content_hash: this.contentHash,
      properties: this.properties,
      context: this.context,
    };
    const columns = EVENT_COLUMNS.map(({ name }) => ({ name, column: byName[name] }));
    writeBlock(out, this.rows, columns);
  }
}
