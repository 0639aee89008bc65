/** Gathers, row by row, what live views are told of a batch (src/event/live.ts). */
import { hashMurmur3, hashXx32 } from '../event/hash.js';
import {
  type LiveColumns,
  type LiveEvent,
  NUMBERS_MAX,
  NUMBERS_PER_EVENT_MAX,
  SAMPLE_CHARACTERS_MAX,
  SAMPLE_EVENTS_MAX,
} from '../event/live.js';
import { ByteBuffer } from '../native/byte-buffer.js';
import { NumberList } from '../native/column.js';
import type { Draft } from './draft.js';

interface NumberSeries {
  readonly name: number;
  readonly property: string;
  readonly rows: number[];
  readonly values: number[];
}

interface Candidate {
  readonly row: number;
  readonly draft: Draft;
  readonly receivedAtMs: number;
}

/** What is kept of one event type while the batch is read. */
interface TypeState {
  readonly index: number;
  readonly numbers: Map<string, NumberSeries>;
  isPartial: boolean;
  /** The first events of the type, of which the sample is made. */
  readonly candidates: Candidate[];
}

export class LiveColumnsBuilder {
  private readonly types = new Map<string, TypeState>();
  private readonly rowName = new NumberList();
  private readonly persons = new NumberList();
  private readonly text = new ByteBuffer(256);
  private series = 0;
  private rows = 0;

  append(draft: Draft, receivedAtMs: number): void {
    const row = this.rows++;
    const type = this.findType(draft.event);
    this.rowName.push(type.index);
    this.addPerson(draft.userId || draft.anonymousId);
    for (const property in draft.properties) {
      const value = draft.properties[property];
      if (typeof value === 'number') this.addNumber(type, property, row, value);
    }
    // Types beyond the sample's size would have no place in it.
    if (type.index < SAMPLE_EVENTS_MAX && type.candidates.length < SAMPLE_EVENTS_MAX)
      type.candidates.push({ row, draft, receivedAtMs });
  }

  private findType(event: string): TypeState {
    let type = this.types.get(event);
    if (type === undefined) {
      type = { index: this.types.size, numbers: new Map(), isPartial: false, candidates: [] };
      this.types.set(event, type);
    }
    return type;
  }

  private addPerson(person: string): void {
    const { text } = this;
    const start = text.length;
    text.writeText(person);
    this.persons.push(hashMurmur3(text.bytes, start, text.length));
    this.persons.push(hashXx32(text.bytes, start, text.length));
    text.length = start;
  }

  private addNumber(type: TypeState, property: string, row: number, value: number): void {
    let series = type.numbers.get(property);
    if (series === undefined) {
      if (type.numbers.size >= NUMBERS_PER_EVENT_MAX || this.series >= NUMBERS_MAX) {
        type.isPartial = true;
        return;
      }
      this.series += 1;
      series = { name: type.index, property, rows: [], values: [] };
      type.numbers.set(property, series);
    }
    series.rows.push(row);
    series.values.push(value);
  }

  finish(): LiveColumns {
    const types = [...this.types.values()];
    return {
      names: [...this.types.keys()],
      rowName: this.rowName.view(),
      persons: this.persons.view(),
      numbers: types.flatMap(({ numbers }) =>
        [...numbers.values()].map(({ name, property, rows, values }) => ({
          name,
          property,
          rows: Uint32Array.from(rows),
          values: Float64Array.from(values),
        })),
      ),
      partial: types.filter((type) => type.isPartial).map((type) => type.index),
      samples: this.sample(types),
    };
  }

  /** All events of a small batch; of a large one the same number of each type, so that rare types are seen too. */
  private sample(types: readonly TypeState[]): LiveColumns['samples'] {
    const share =
      this.rows <= SAMPLE_EVENTS_MAX
        ? SAMPLE_EVENTS_MAX
        : Math.max(1, Math.floor(SAMPLE_EVENTS_MAX / types.length));
    const chosen = types.flatMap(({ candidates }) => candidates.slice(0, share));
    chosen.sort((a, b) => a.row - b.row);
    const samples: LiveColumns['samples'] = [];
    let characters = 0;
    for (const { row, draft, receivedAtMs } of chosen) {
      const json = JSON.stringify(describeEvent(draft, receivedAtMs));
      characters += json.length;
      if (characters > SAMPLE_CHARACTERS_MAX) break;
      samples.push({ row, json });
    }
    return samples;
  }
}

function describeEvent(draft: Draft, receivedAtMs: number): LiveEvent {
  return {
    event: draft.event,
    event_id: draft.eventId,
    ...(draft.userId && { user_id: draft.userId }),
    ...(draft.anonymousId && { anonymous_id: draft.anonymousId }),
    ...(draft.sessionId && { session_id: draft.sessionId }),
    timestamp: new Date(draft.timestampMs).toISOString(),
    received_at: new Date(receivedAtMs).toISOString(),
    properties: draft.properties,
    context: draft.context,
  };
}
