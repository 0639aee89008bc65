/**
 * A funnel followed person by person: each has the short list of its events that match a step, and what the funnel's judge made of
 * it (src/query/funnel/judge.ts, the same as of the stored answer). An event changes one person, who is judged again; the
 * answer is the tally over all persons.
 *
 * The funnel looks back FUNNEL_HOURS, by whole minutes: as time goes on persons lose what lies before. Bounds: persons, events of
 * one and events of all (limits.ts). Past one of them the view gives up (`isTooLarge`) and the engine is asked instead.
 */
import type { ClickHouse } from '../clickhouse/client.js';
import { type PartAnswer, writePart } from '../query/funnel/answer.js';
import type { Outcome } from '../query/funnel/chain-search.js';
import { type Compiled, compileFunnel } from '../query/funnel/compile.js';
import { createJudge, type Judge } from '../query/funnel/judge.js';
import { type FunnelQuestion, readFunnelQuestion } from '../query/funnel/request.js';
import { createTally } from '../query/funnel/tally.js';
import type { Attachment, LiveBatch, LiveView } from './feed.js';
import { FUNNEL_EVENTS_MAX, FUNNEL_HOURS, FUNNEL_UNIT_EVENTS_MAX, FUNNEL_UNITS_MAX } from './limits.js';
import { personKey } from './person-windows.js';
import { readFunnelEvents } from './tables.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** How far ahead of now events may be stamped and still be part of the answer. */
const AHEAD_MS = HOUR_MS;

/** One person: matching events by time, and their outcomes. */
interface Unit {
  times: number[];
  classes: number[];
  outcomes: Outcome[];
}

/** The range of a live funnel as of now. */
export function findFunnelRange(nowMs = Date.now()): { fromMs: number; toMs: number } {
  const fromMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS - FUNNEL_HOURS * HOUR_MS;
  return { fromMs, toMs: fromMs + FUNNEL_HOURS * HOUR_MS + AHEAD_MS };
}

/** A saved definition as a question over a range. @throws RequestError 422 */
export function askFunnel(
  definition: object,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Record<string, unknown> {
  return { ...definition, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

const classesOf = ({ matchers }: Compiled): Map<string, number> =>
  new Map(matchers.events.map(({ event, base }) => [event, base]));

/** Why a funnel cannot be followed from the feed, which tells types and persons and not properties or sessions. */
export function findLiveObstacle(question: FunnelQuestion, { matchers }: Compiled): string | undefined {
  const { definition } = question;
  if (matchers.events.some(({ bits }) => bits.length > 0)) return 'a step or an exclusion has a where';
  if (matchers.packedClasses === undefined) return 'there are too many event types';
  if (definition.count === 'sessions') return 'sessions are counted';
  if (definition.order === 'strict') return 'the order is strict';
  return definition.hold.length > 0 ? 'properties are held' : undefined;
}

export class FunnelView implements LiveView {
  isTooLarge = false;
  attachment: Attachment | undefined;
  private units = new Map<number, Unit>();
  private joined = new Map<number, number>();
  private events = 0;
  private range = findFunnelRange();
  private question: FunnelQuestion;
  private compiled: Compiled;
  private judge: Judge;
  private classes: Map<string, number>;

  constructor(
    private readonly clickhouse: ClickHouse,
    readonly project: string,
    private readonly definition: object,
    private readonly onChange: () => void,
  ) {
    this.question = readFunnelQuestion(askFunnel(definition, this.range));
    this.compiled = compileFunnel(this.question);
    this.judge = createJudge(this.compiled.program, this.question.maxEventsPerUnit);
    this.classes = classesOf(this.compiled);
  }

  get from(): number {
    return this.range.fromMs;
  }

  get to(): number {
    return this.range.toMs;
  }

  async load(seq: number): Promise<void> {
    const range = findFunnelRange();
    const rows = await readFunnelEvents(
      this.clickhouse,
      { project: this.project, fromMs: range.fromMs, seq },
      [...this.classes.keys()],
    );
    this.setRange(range);
    this.units = new Map();
    this.joined = new Map();
    this.events = 0;
    this.isTooLarge = rows.length > FUNNEL_EVENTS_MAX;
    if (this.isTooLarge) return;
    rows.sort((a, b) => a.ms - b.ms);
    for (const { own, person, event, ms } of rows) {
      if (own !== person) this.joined.set(own, person);
      this.add(person, this.classes.get(event)!, ms);
    }
    for (const unit of this.units.values()) this.judgeUnit(unit);
  }

  apply({ rows, project }: LiveBatch): void {
    if (this.isTooLarge) return;
    this.advance();
    const classes = rows.names.map((name) => this.classes.get(name) ?? 0);
    const touched = new Set<Unit>();
    for (let i = 0; i < rows.timestampsMs.length; i++) {
      const eventClass = classes[rows.rowName[i]!]!;
      if (eventClass === 0 || rows.rowProject[i] !== project) continue;
      const own = personKey(rows.persons[i * 2]!, rows.persons[i * 2 + 1]!);
      const unit = this.add(this.joined.get(own) ?? own, eventClass, rows.timestampsMs[i]!);
      if (unit) touched.add(unit);
    }
    for (const unit of touched) this.judgeUnit(unit);
  }

  changed(): void {
    this.onChange();
  }

  /** The funnel as a stored answer has it: steps with counts, rates and times. */
  read(): PartAnswer {
    this.advance();
    const tally = createTally(this.question, this.compiled.program);
    for (const { outcomes } of this.units.values()) for (const outcome of outcomes) tally.add(outcome);
    return writePart(this.question, tally.total);
  }

  private setRange(range: { fromMs: number; toMs: number }): void {
    this.range = range;
    this.question = readFunnelQuestion(askFunnel(this.definition, range));
    this.compiled = compileFunnel(this.question);
    this.judge = createJudge(this.compiled.program, this.question.maxEventsPerUnit);
  }

  /** Lets go of what lies before the range by now; nothing of it can be part of a chain. */
  private advance(): void {
    const range = findFunnelRange();
    if (range.fromMs === this.range.fromMs) return;
    this.setRange(range);
    for (const [person, unit] of this.units) {
      const first = unit.times.findIndex((ms) => ms >= range.fromMs);
      if (first === 0) continue;
      const gone = first === -1 ? unit.times.length : first;
      this.events -= gone;
      if (first === -1) {
        this.units.delete(person);
        continue;
      }
      unit.times.splice(0, gone);
      unit.classes.splice(0, gone);
      this.judgeUnit(unit);
    }
  }

  private add(person: number, eventClass: number, ms: number): Unit | undefined {
    if (ms < this.range.fromMs || this.isTooLarge) return undefined;
    let unit = this.units.get(person);
    if (!unit) {
      unit = { times: [], classes: [], outcomes: [] };
      this.units.set(person, unit);
    }
    let at = unit.times.length;
    while (at > 0 && unit.times[at - 1]! > ms) at -= 1;
    unit.times.splice(at, 0, ms);
    unit.classes.splice(at, 0, eventClass);
    this.events += 1;
    if (
      this.events > FUNNEL_EVENTS_MAX ||
      this.units.size > FUNNEL_UNITS_MAX ||
      unit.times.length > FUNNEL_UNIT_EVENTS_MAX
    ) {
      this.isTooLarge = true;
      this.units.clear();
    }
    return unit;
  }

  private judgeUnit(unit: Unit): void {
    const { times, classes } = unit;
    const outcomes: Outcome[] = [];
    this.judge.judge(
      {
        begin: 0,
        end: times.length,
        times: Float64Array.from(times),
        classes: Uint16Array.from(classes),
        holds: undefined,
        values: undefined,
      },
      (a, b) => a - b,
      (outcome) => {
        outcomes.push({
          ...outcome,
          reached: outcome.reached.slice(),
          deltas: outcome.deltas.slice(),
          routeLevels: outcome.routeLevels.slice(),
        });
      },
    );
    unit.outcomes = outcomes;
  }
}
