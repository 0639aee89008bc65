/** Retention written as SEMANTICS says it, over plain arrays: slow and obvious. */

export interface OracleEvent {
  user: string;
  event: string;
  at: number;
  value?: number;
  /** What a breakdown reads, as JSON text; absent is 'null'. */
  plan?: string;
}

export interface OracleQuestion {
  start: string;
  back: string;
  fromMs: number;
  toMs: number;
  mode: 'first_time' | 'recurring' | 'first_ever';
  criterion: 'on' | 'on_or_after';
  minTimes: number;
  grain: 'hour' | 'day' | 'week' | 'month' | 'quarter';
  timezone: string;
  periods: number;
  brackets?: [number, number][];
  rolling: boolean;
  value?: 'sum' | 'avg';
}

const HOUR_MS = 3_600_000;

/** Formatting a time is slow, and the same times are asked for again and again. */
const known = new Map<string, string>();

/** The name of the bucket an instant lies in; names of neighbours differ and sort like time. */
function nameBucket(at: number, question: OracleQuestion): string {
  const key = `${question.timezone} ${question.grain} ${at}`;
  const name = known.get(key) ?? computeName(at, question);
  known.set(key, name);
  return name;
}

function computeName(at: number, { grain, timezone }: OracleQuestion): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const read = (type: string): string => parts.find((part) => part.type === type)!.value;
  const [year, month, day] = [read('year'), read('month'), read('day')];
  if (grain === 'hour') return `${year}-${month}-${day}T${read('hour')}`;
  if (grain === 'day') return `${year}-${month}-${day}`;
  if (grain === 'month') return `${year}-${month}`;
  if (grain === 'quarter') return `${year}-Q${Math.ceil(Number(month) / 3)}`;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}

/** All bucket names from the one of `fromMs` on, long enough for any return. */
export function listNames(question: OracleQuestion, untilMs: number): string[] {
  const names: string[] = [];
  for (let at = question.fromMs; at <= untilMs; at += HOUR_MS) {
    const name = nameBucket(at, question);
    if (names.at(-1) !== name) names.push(name);
  }
  return names;
}

export interface OracleRow {
  size: number;
  counts: (number | null)[];
  same_period: number;
}

/** The breakdown value of a start: the smallest JSON text among the tied. */
const readPlan = (starts: readonly OracleEvent[], at: number): string =>
  starts
    .filter((event) => event.at === at)
    .map(({ plan }) => plan ?? 'null')
    .sort()[0]!;

/** The rows of the table, of starts with a breakdown value that is kept, in the order of `names`, for as many of them as begin before `toMs`. */
export function computeRetention(
  events: readonly OracleEvent[],
  question: OracleQuestion,
  names: readonly string[],
  keeps: (plan: string) => boolean = () => true,
): OracleRow[] {
  const { toMs, periods, minTimes, brackets } = question;
  const bucketOf = (at: number): number => names.indexOf(nameBucket(at, question));
  const rowCount = bucketOf(toMs - 1) + 1;
  const spans =
    brackets ??
    Array.from({ length: periods + 1 }, (_, k): [number, number] => [
      k,
      question.criterion === 'on' ? k : Number.POSITIVE_INFINITY,
    ]);
  const rows = Array.from({ length: rowCount }, () => ({
    size: 0,
    same: 0,
    people: spans.map(() => 0),
    values: spans.map((): number[] => []),
  }));
  for (const user of new Set(events.map((event) => event.user))) {
    const own = events.filter((event) => event.user === user);
    const starts = own.filter((event) => event.event === question.start);
    for (const at of findStarts(own, starts, question, bucketOf)) {
      if (!keeps(readPlan(starts, at))) continue;
      const row = rows[bucketOf(at)]!;
      row.size += 1;
      const returns = own.filter((event) => event.event === question.back && event.at > at);
      const length = {
        hour: HOUR_MS,
        day: 24 * HOUR_MS,
        week: 168 * HOUR_MS,
        month: 720 * HOUR_MS,
        quarter: 0,
      }[question.grain];
      const periodOf = (event: OracleEvent): number =>
        question.rolling ? Math.floor((event.at - at) / length) : bucketOf(event.at) - bucketOf(at);
      if (returns.some((event) => bucketOf(event.at) === bucketOf(at))) row.same += 1;
      spans.forEach(([first, last], column) => {
        const inside = returns.filter((event) => periodOf(event) >= first && periodOf(event) <= last);
        if (inside.length < minTimes) return;
        row.people[column]! += 1;
        row.values[column]!.push(
          ...inside.flatMap((event) => (event.value === undefined ? [] : [event.value])),
        );
      });
    }
  }
  return rows.map((row) => ({
    size: row.size,
    same_period: row.same,
    counts: spans.map((_, column) => measure(question, row, column)),
  }));
}

function findStarts(
  own: readonly OracleEvent[],
  starts: readonly OracleEvent[],
  question: OracleQuestion,
  bucketOf: (at: number) => number,
): number[] {
  const inRange = (at: number): boolean => at >= question.fromMs && at < question.toMs;
  if (starts.length === 0) return [];
  const first = Math.min(...starts.map((event) => event.at));
  if (question.mode === 'first_time') return inRange(first) ? [first] : [];
  if (question.mode === 'first_ever')
    return inRange(first) && first === Math.min(...own.map((event) => event.at)) ? [first] : [];
  const earliest = new Map<number, number>();
  for (const { at } of starts.filter((event) => inRange(event.at))) {
    const bucket = bucketOf(at);
    earliest.set(bucket, Math.min(at, earliest.get(bucket) ?? Number.POSITIVE_INFINITY));
  }
  return [...earliest.values()];
}

function measure(
  question: OracleQuestion,
  row: { size: number; people: number[]; values: number[][] },
  column: number,
): number | null {
  if (column === 0 && !question.brackets) return row.size;
  if (!question.value) return row.people[column]!;
  const values = row.values[column]!;
  const sum = values.reduce((total, value) => total + value, 0);
  if (question.value === 'sum') return sum;
  return values.length === 0 ? null : sum / values.length;
}
