/** Retention: a heat map with one hue, cells that are not complete hatched, sortable; and the same as curves. */
import { useState } from 'preact/hooks';
import type { Meta } from '../api.js';
import { useWidth } from '../charts/ground.js';
import { Lines } from '../charts/lines.js';
import { formatBucket, formatNumber, formatPeople, formatPercent, formatShort } from '../format.js';
import { Scroll } from '../ui/scroll.js';
import { Told } from '../ui/told.js';
import type { ViewProps } from './view.js';

interface Period {
  start: string;
  size: number;
  counts: (number | null)[];
  rates: (number | null)[];
  complete: boolean[];
}

interface Part {
  mean: (number | null)[];
}

export interface RetentionAnswer extends Part {
  periods: Period[];
  breakdown?: (Part & { values: unknown[]; size: number })[];
  meta: Meta;
}

interface Asked {
  grain?: string;
  timezone?: string;
  brackets?: [number, number][];
}

/** The answer from the first row on in which anybody started. */
function skipEmptyStart(answer: RetentionAnswer): RetentionAnswer {
  const first = answer.periods.findIndex(({ size }) => size > 0);
  return { ...answer, periods: answer.periods.slice(first) };
}

export function RetentionView({ data, body, compact = false }: ViewProps) {
  const answer = skipEmptyStart(data as RetentionAnswer);
  const { grain = 'day', timezone = 'UTC', brackets } = (body ?? {}) as Asked;
  if (answer.periods.every((period) => period.size === 0))
    return <p class="empty">Nobody started in this range. Choose a longer range or another event.</p>;
  const columns = answer.mean.map((_, k) => {
    const bracket = brackets?.[k];
    return bracket ? `${grain} ${bracket[0]}–${bracket[1]}` : `${grain} ${k}`;
  });
  const map = { answer, columns, grain, timezone };
  if (compact) return <HeatMap {...map} rowsMax={SMALL_ROWS} />;
  return (
    <>
      <HeatMap {...map} />
      <h2 class="next">Mean over complete periods</h2>
      <MeanCurves answer={answer} columns={columns} />
      <h2 class="next">The newest starts, each as a curve</h2>
      <StartCurves {...map} />
    </>
  );
}

interface MapProps {
  answer: RetentionAnswer;
  columns: readonly string[];
  grain: string;
  timezone: string;
}

/** What rows are sorted by: their start, their size, or the rate of a column. */
interface Order {
  by: 'start' | 'size' | number;
  falling: boolean;
}

function sortPeriods(periods: readonly Period[], { by, falling }: Order): Period[] {
  const rankOf = (period: Period): string | number =>
    by === 'start' ? period.start : by === 'size' ? period.size : (period.rates[by] ?? -1);
  const sorted = periods.toSorted((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1));
  return falling ? sorted.reverse() : sorted;
}

/** The newest starts that a tile has room for. */
const SMALL_ROWS = 12;
/** What the table takes with its numbers in full: a column, and the two before the first. */
const COLUMN_WIDTH = 56;
const HEAD_WIDTH = 180;

/**
 * The rates, a start a row. Where they have no room in full they are whole numbers under short names, in narrow columns; what is
 * still wider scrolls beneath the starts, which stay.
 */
function HeatMap({ answer, columns, grain, timezone, rowsMax }: MapProps & { rowsMax?: number }) {
  const [box, width] = useWidth();
  const [order, setOrder] = useState<Order>({ by: 'start', falling: false });
  const isSmall = width < HEAD_WIDTH + columns.length * COLUMN_WIDTH;
  const shown = rowsMax === undefined ? answer.periods : answer.periods.slice(-rowsMax);
  const idle = [
    isSmall ? `per cent who came back, by ${grain} since they started` : '',
    shown.length < answer.periods.length
      ? `the newest ${shown.length} of ${answer.periods.length} starts`
      : '',
  ];
  return (
    <div ref={box}>
      <Told idle={idle.filter((part) => part !== '').join('; ')}>
        <Scroll class={`heat${isSmall ? ' small' : ''}`}>
          <table aria-label="Retention">
            <thead>
              <tr>
                <Head name="Started" by="start" order={order} onOrder={setOrder} />
                <Head name="People" by="size" order={order} onOrder={setOrder} />
                {columns.map((name, k) => (
                  <Head key={name} name={name} by={k} isSmall={isSmall} order={order} onOrder={setOrder} />
                ))}
              </tr>
            </thead>
            <tbody>
              {sortPeriods(shown, order).map((period) => (
                <tr key={period.start}>
                  <th scope="row">
                    {formatBucket(period.start, isSmall && grain === 'week' ? 'day' : grain, timezone)}
                  </th>
                  <td class="number" title={formatPeople(period.size)}>
                    {isSmall ? formatShort(period.size) : formatNumber(period.size)}
                  </td>
                  {period.rates.map((rate, k) => (
                    <Cell
                      key={columns[k]}
                      period={period}
                      k={k}
                      rate={rate}
                      grain={grain}
                      name={columns[k]!}
                      isSmall={isSmall}
                    />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </Told>
    </div>
  );
}

interface HeadProps {
  name: string;
  by: Order['by'];
  isSmall?: boolean;
  order: Order;
  onOrder: (order: Order) => void;
}

/** Sorts the rows by its column; of "week 3" the number stands where there is no room. */
function Head({ name, by, isSmall = false, order, onOrder }: HeadProps) {
  const active = order.by === by;
  return (
    <th
      class={by === 'start' ? undefined : 'number'}
      aria-sort={active ? (order.falling ? 'descending' : 'ascending') : undefined}
    >
      <button
        type="button"
        class="sort"
        aria-label={name}
        onClick={() => onOrder({ by, falling: active ? !order.falling : by !== 'start' })}
      >
        {isSmall ? name.slice(name.indexOf(' ') + 1) : name}
        {active ? (order.falling ? ' ↓' : ' ↑') : ''}
      </button>
    </th>
  );
}

const HOUR_MS = 3_600_000;
/** Shorter than any such period: what has begun is never left blank. */
const GRAIN_MS: Readonly<Record<string, number>> = {
  hour: HOUR_MS,
  day: 23 * HOUR_MS,
  week: 167 * HOUR_MS,
  month: 28 * 24 * HOUR_MS,
  quarter: 90 * 24 * HOUR_MS,
};

/** Nobody can have come back yet: the cell's time is still to come. */
const isAhead = (start: string, k: number, grain: string): boolean =>
  Date.parse(start) + k * (GRAIN_MS[grain] ?? 0) > Date.now();

/** How strong the hue is at 100 %: the text on it stays readable. */
const HUE_MAX = 0.5;

interface CellProps {
  period: Period;
  k: number;
  rate: number | null;
  grain: string;
  /** Of its column: "week 3". */
  name: string;
  isSmall: boolean;
}

function Cell({ period, k, rate, grain, name, isSmall }: CellProps) {
  if (!period.complete[k] && isAhead(period.start, k, grain))
    return <td class="cell ahead" title={`${name}: not yet`} />;
  const text = isSmall ? (rate === null ? '–' : String(Math.round(rate * 100))) : formatPercent(rate);
  return (
    <td
      class={`cell${period.complete[k] ? '' : ' incomplete'}`}
      title={`${name}: ${formatPercent(rate)}, ${formatNumber(period.counts[k])} of ${formatPeople(period.size)}${period.complete[k] ? '' : ', not complete yet'}`}
      style={{ backgroundColor: `rgba(var(--heat), ${(rate ?? 0) * HUE_MAX})` }}
    >
      {text}
    </td>
  );
}

const DAY_MS = 86_400_000;
const toPercent = (rates: readonly (number | null)[]): (number | null)[] =>
  rates.map((rate) => (rate === null ? null : rate * 100));

interface CurvesProps {
  columns: readonly string[];
  series: { name: string; values: (number | null)[] }[];
}

/** Places in a row are drawn as days of no year. */
const Curves = ({ columns, series }: CurvesProps) => (
  <Lines
    times={columns.map((_, k) => new Date(k * DAY_MS).toISOString())}
    series={series}
    labels={[...columns]}
    grain="day"
    timezone="UTC"
    incompleteFrom={columns.length}
    height={180}
    unit="percent"
  />
);

function MeanCurves({ answer, columns }: { answer: RetentionAnswer; columns: readonly string[] }) {
  const parts = (answer.breakdown ?? []).map(({ values, mean }) => ({
    name: values.map((value) => String(value ?? '(none)')).join(', '),
    values: toPercent(mean),
  }));
  const whole = { name: 'all who started', values: toPercent(answer.mean) };
  return <Curves columns={columns} series={[whole, ...parts]} />;
}

/** Curves told apart at a glance. */
const CURVES_MAX = 6;

function StartCurves({ answer, columns, grain, timezone }: MapProps) {
  const newest = answer.periods.filter(({ size }) => size > 0).slice(-CURVES_MAX);
  const series = newest.map(({ start, rates, complete }) => ({
    name: formatBucket(start, grain, timezone),
    values: toPercent(rates.map((rate, k) => (complete[k] ? rate : null))),
  }));
  return <Curves columns={columns} series={series} />;
}
