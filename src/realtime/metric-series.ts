/** What live metrics count beside the project's own counters: sums of a property, and persons of one event type. */
import type { ClickHouse } from '../clickhouse/client.js';
import { currentSecond, type ProjectCounters } from './counters.js';
import type { Attachment, LiveBatch, LiveView } from './feed.js';
import { RING_SECONDS } from './limits.js';
import { PersonWindows, personKey } from './person-windows.js';
import { SecondRing } from './second-ring.js';
import { readPersons, readSums } from './tables.js';

/** A numeric property of an event type: its sum and how many events have it, by second. */
export class SumSeries implements LiveView {
  private sums = new SecondRing();
  private numbers = new SecondRing();
  /** False once a batch did not tell all numbers of the type: the engine has to be asked then. */
  isTold = true;
  attachment: Attachment | undefined;

  constructor(
    private readonly clickhouse: ClickHouse,
    readonly project: string,
    readonly event: string,
    readonly property: string,
    private readonly onChange: () => void,
  ) {}

  async load(seq: number): Promise<void> {
    const now = currentSecond();
    const range = { project: this.project, fromMs: (now - RING_SECONDS) * 1_000, seq };
    const sums = new SecondRing();
    const numbers = new SecondRing();
    for (const row of await readSums(this.clickhouse, range, this.event, this.property)) {
      sums.add(row.second, row.sum, now);
      numbers.add(row.second, row.numbers, now);
    }
    this.sums = sums;
    this.numbers = numbers;
  }

  apply({ rows, project }: LiveBatch): void {
    const name = rows.names.indexOf(this.event);
    if (name === -1) return;
    if (rows.partial.includes(name)) this.isTold = false;
    const now = currentSecond();
    for (const series of rows.numbers) {
      if (series.name !== name || series.property !== this.property) continue;
      series.rows.forEach((row, i) => {
        if (rows.rowProject[row] !== project) return;
        const second = Math.floor(rows.timestampsMs[row]! / 1_000);
        this.sums.add(second, series.values[i]!, now);
        this.numbers.add(second, 1, now);
      });
    }
  }

  changed(): void {
    this.onChange();
  }

  sum(length: number, now: number): number {
    return this.sums.sum(length, now);
  }

  count(length: number, now: number): number {
    return this.numbers.sum(length, now);
  }
}

/** Distinct persons with an event of one type. */
export class PersonSeries implements LiveView {
  private windows = new PersonWindows();
  readonly project: string;
  attachment: Attachment | undefined;

  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly counters: ProjectCounters,
    readonly event: string,
    private readonly onChange: () => void,
  ) {
    this.project = counters.project;
  }

  async load(seq: number): Promise<void> {
    const now = currentSecond();
    const range = { project: this.project, fromMs: (now - RING_SECONDS) * 1_000, seq };
    const { persons } = await readPersons(this.clickhouse, range, this.event);
    const windows = new PersonWindows();
    for (const { person, second } of persons) windows.add(person, second, now);
    this.windows = windows;
  }

  apply({ rows, project }: LiveBatch): void {
    const name = rows.names.indexOf(this.event);
    if (name === -1) return;
    const now = currentSecond();
    for (let i = 0; i < rows.timestampsMs.length; i++) {
      if (rows.rowProject[i] !== project || rows.rowName[i] !== name) continue;
      const person = personKey(rows.persons[i * 2]!, rows.persons[i * 2 + 1]!);
      this.windows.add(this.counters.resolve(person), Math.floor(rows.timestampsMs[i]! / 1_000), now);
    }
  }

  changed(): void {
    this.onChange();
  }

  count(length: number, now: number): number {
    return this.windows.count(length, now);
  }
}
