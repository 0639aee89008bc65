/** Time series. The last bucket, while it is not complete, is drawn dashed; hovering shows every series at that time. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { formatBucket, formatIn, formatShortIn, type Unit } from '../format.js';
import { useColours } from './colours.js';

export interface Series {
  name: string;
  values: (number | null)[];
  /** The series it stands beside, whose colour it has, paler: the same of the period before. */
  beside?: string;
}

interface Props {
  /** Starts of the buckets, ISO. */
  times: string[];
  series: Series[];
  grain: string;
  timezone: string;
  /** Buckets from this index on are not complete. */
  incompleteFrom: number;
  height?: number;
  /** What stands under each value instead of its time. */
  labels?: string[];
  /** What the values are in. */
  unit?: Unit;
}

const readToken = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Between the cursor and what is told of its place. */
const TIP_GAP = 12;

/** Of a line that another one stands before. */
const PALE = 0.45;
const strengthOf = ({ beside }: Series): number => (beside === undefined ? 1 : PALE);

const AXIS_MIN = 40;
const CHARACTER_WIDTH = 7.5;
/** Ticks, and a gap. */
const AXIS_MARGIN = 20;

/** As wide as the longest number on it. */
const sizeAxis = (_: uPlot, values: string[] | null): number =>
  Math.max(
    AXIS_MIN,
    AXIS_MARGIN + CHARACTER_WIDTH * Math.max(0, ...(values ?? []).map((value) => value?.length ?? 0)),
  );

/** Splits each series into a solid part and a dashed tail that begins at the last complete bucket. */
function splitTail(values: (number | null)[], from: number): [(number | null)[], (number | null)[]] {
  return [values.map((v, i) => (i < from ? v : null)), values.map((v, i) => (i >= from - 1 ? v : null))];
}

export function Lines({ times, series, grain, timezone, incompleteFrom, height = 280, labels, unit }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | null>(null);
  const colours = useColours(series.map(({ name, beside }) => beside ?? name));
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || times.length === 0) return;
    const stroke = readToken('--muted');
    const grid = { stroke: readToken('--border'), width: 1 };
    const label = (seconds: number): string =>
      labels?.[times.findIndex((time) => Date.parse(time) / 1_000 >= seconds)] ??
      formatBucket(new Date(seconds * 1_000).toISOString(), grain, timezone);
    const data: uPlot.AlignedData = [
      times.map((time) => Date.parse(time) / 1_000),
      ...series.flatMap((s) => splitTail(s.values, incompleteFrom)),
    ];
    const points = { show: times.length <= 2 };
    const options: Omit<uPlot.Options, 'width'> = {
      height,
      legend: { show: false },
      cursor: { points: { size: 6 } },
      scales: {
        x: { time: true },
        y: { range: (_, min, max) => [Math.min(0, min ?? 0), (max ?? 0) <= 0 ? 1 : max * 1.05] },
      },
      axes: [
        { stroke, grid: { show: false }, values: (_, ticks) => ticks.map(label), space: 80 },
        {
          stroke,
          grid,
          values: (_, ticks) => ticks.map((tick) => formatShortIn(tick, unit)),
          size: sizeAxis,
        },
      ],
      series: [
        {},
        ...series.flatMap((s, i) => {
          const line = { label: s.name, stroke: colours[i], width: 2, alpha: strengthOf(s), points };
          return [line, { ...line, dash: [4, 4] }];
        }),
      ],
      hooks: { setCursor: [(plot) => showTip(plot, series, times, label, unit)] },
    };
    // The observer tells the width after the layout and before the page is painted. Asking for it here would lay the page out anew
    // for each chart on it.
    const resize = new ResizeObserver(([entry]) => {
      const width = entry!.contentRect.width;
      if (drawn.current) drawn.current.setSize({ width, height });
      else drawn.current = new uPlot({ ...options, width }, data, element);
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      drawn.current?.destroy();
      drawn.current = null;
    };
  }, [JSON.stringify([times, series, colours, grain, timezone, incompleteFrom, unit]), height]);
  return (
    <figure class="lines">
      <div
        ref={box}
        style={{ minHeight: `${height}px` }}
        role="img"
        aria-label={describe(series, unit)}
        // Arrow keys tell the numbers of a place, as the pointer does.
        tabIndex={times.length > 0 ? 0 : undefined}
        onKeyDown={(event) => step(drawn.current, event)}
        onBlur={() => drawn.current?.setCursor({ left: -1, top: -1 })}
      />
      <figcaption class="legend-list">
        {series.map((s, i) => (
          <span key={s.name}>
            <i class="swatch" style={{ background: colours[i], opacity: strengthOf(s) }} />
            {s.name}
          </span>
        ))}
      </figcaption>
      <output class="tip" />
    </figure>
  );
}

const describe = (series: readonly Series[], unit: Unit): string =>
  `Line chart of ${series
    .map(
      (s) =>
        `${s.name}, last value ${formatIn(
          s.values.findLast((v) => v !== null),
          unit,
        )}`,
    )
    .join('; ')}`;

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

/** Moves to the place beside; the first step goes to the newest. */
function step(plot: uPlot | null, event: KeyboardEvent): void {
  const by = STEPS[event.key];
  if (!plot || by === undefined) return;
  event.preventDefault();
  const last = plot.data[0].length - 1;
  const at = Math.min(last, Math.max(0, (plot.cursor.idx ?? last + 1) + by));
  plot.setCursor({ left: plot.valToPos(plot.data[0][at]!, 'x'), top: 0 });
}

/** Beside the cursor, on the side that has more room, so that nothing else moves. */
function showTip(
  plot: uPlot,
  series: readonly Series[],
  times: readonly string[],
  label: (seconds: number) => string,
  unit: Unit,
): void {
  const tip = plot.root.closest('figure')?.querySelector<HTMLElement>('output.tip');
  if (!tip) return;
  const { idx, left = 0 } = plot.cursor;
  if (idx === null || idx === undefined) {
    tip.textContent = '';
    return;
  }
  const lines = series.map((s) => `${s.name} ${formatIn(s.values[idx], unit)}`);
  tip.textContent = [label(Date.parse(times[idx]!) / 1_000), ...lines].join('\n');
  const at = plot.over.offsetLeft + left;
  const isRight = at > plot.width / 2;
  tip.style.left = isRight ? '' : `${at + TIP_GAP}px`;
  tip.style.right = isRight ? `${plot.width - at + TIP_GAP}px` : '';
}
