/** Intervals: one as a bar on a scale it shares with its neighbours, and one over time as a band around its middle. Zero is drawn. */
import { useState } from 'preact/hooks';
import { formatBucket } from '../format.js';
import { Axes, type Field, Pointed, useWidth } from './ground.js';

export type Tone = 'good' | 'bad' | 'even';

export interface Scale {
  low: number;
  high: number;
}

const COLOURS: Readonly<Record<Tone, string>> = {
  good: 'var(--good)',
  bad: 'var(--bad)',
  even: 'var(--muted)',
};

/** A scale that holds all of the numbers, and zero, with room at both ends. */
export function findScale(numbers: readonly number[]): Scale {
  const low = Math.min(0, ...numbers);
  const high = Math.max(0, ...numbers);
  const room = (high - low) * 0.05 || 1;
  return { low: low - room, high: high + room };
}

const BAR_WIDTH = 160;
const BAR_HEIGHT = 22;

interface BarProps {
  interval: readonly [number, number];
  value: number;
  scale: Scale;
  tone: Tone;
  /** What it shows, in words. */
  label: string;
}

export function IntervalBar({ interval, value, scale, tone, label }: BarProps) {
  const x = (number: number): number => ((number - scale.low) / (scale.high - scale.low)) * BAR_WIDTH;
  const middle = BAR_HEIGHT / 2;
  return (
    <svg
      viewBox={`0 0 ${BAR_WIDTH} ${BAR_HEIGHT}`}
      width={BAR_WIDTH}
      height={BAR_HEIGHT}
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      <line x1={x(0)} x2={x(0)} y1={0} y2={BAR_HEIGHT} stroke="var(--border)" stroke-width={2} />
      <rect
        x={x(interval[0])}
        y={middle - 5}
        width={Math.max(1, x(interval[1]) - x(interval[0]))}
        height={10}
        rx={3}
        fill={COLOURS[tone]}
        opacity={0.35}
      />
      <circle cx={x(value)} cy={middle} r={4} fill={COLOURS[tone]} />
    </svg>
  );
}

export interface BandPoint {
  time: string;
  value: number | null;
  interval: readonly [number, number] | null;
}

interface BandProps {
  points: readonly BandPoint[];
  timezone: string;
  label: string;
  format: (value: number) => string;
}

const HEIGHT = 180;
/** Of a character of a number on the axis, in pixels. */
const CHARACTER_WIDTH = 7;
const LEFT_MIN = 48;

interface Told extends BandPoint {
  value: number;
  interval: readonly [number, number];
}

const isTold = (point: BandPoint): point is Told => point.value !== null && point.interval !== null;

/** One value by day, and the interval around it; days without a number are left out. */
export function Band({ points, timezone, label, format }: BandProps) {
  const [box, width] = useWidth();
  const [place, setPlace] = useState<number>();
  const told = points.filter(isTold);
  if (told.length < 2) return <p class="muted">A curve appears when two days have enough people.</p>;
  const tell = (at: number): string => {
    const { time, value, interval } = told[at]!;
    return `${formatBucket(time, 'day', timezone)}: ${format(value)}, between ${format(interval[0])} and ${format(interval[1])}`;
  };
  return (
    <div class="chart">
      <div ref={box} style={{ height: `${HEIGHT}px` }}>
        {width > 0 && (
          <Pointed
            label={label}
            width={width}
            height={HEIGHT}
            count={told.length}
            place={place}
            onPlace={setPlace}
            find={(px) => findPlace(fieldOf(told, width, format), told.length, px)}
            tell={tell}
          >
            <Curve
              told={told}
              field={fieldOf(told, width, format)}
              timezone={timezone}
              format={format}
              place={place}
            />
          </Pointed>
        )}
      </div>
      <p class="told">{tell(place ?? told.length - 1)}</p>
    </div>
  );
}

const scaleOf = (told: readonly Told[]): Scale => findScale(told.flatMap(({ interval }) => [...interval]));

/** Three numbers stand beside the field: both ends of the scale, and zero. */
const ticksOf = ({ low, high }: Scale): number[] => [low, 0, high];

function fieldOf(told: readonly Told[], width: number, format: BandProps['format']): Field {
  const longest = Math.max(...ticksOf(scaleOf(told)).map((tick) => format(tick).length));
  return {
    left: Math.max(LEFT_MIN, 10 + longest * CHARACTER_WIDTH),
    top: 8,
    right: width - 8,
    bottom: HEIGHT - 24,
  };
}

function findPlace({ left, right }: Field, count: number, px: number): number {
  const at = Math.round(((px - left) / (right - left)) * (count - 1));
  return Math.min(count - 1, Math.max(0, at));
}

interface CurveProps extends Pick<BandProps, 'timezone' | 'format'> {
  told: readonly Told[];
  field: Field;
  place: number | undefined;
}

function Curve({ told, field, timezone, format, place }: CurveProps) {
  const scale = scaleOf(told);
  const last = told.length - 1;
  const x = (index: number): number => field.left + (index / last) * (field.right - field.left);
  const y = (value: number): number =>
    field.top + ((scale.high - value) / (scale.high - scale.low)) * (field.bottom - field.top);
  const path = (values: readonly number[]): string[] => values.map((value, i) => `${x(i)},${y(value)}`);
  const upper = path(told.map(({ interval }) => interval[1]));
  const lower = path(told.map(({ interval }) => interval[0])).reverse();
  return (
    <>
      <Axes
        field={field}
        rows={ticksOf(scale).map((tick) => ({ at: y(tick), text: format(tick) }))}
        names={[]}
      />
      <polygon points={[...upper, ...lower].join(' ')} fill="var(--accent)" opacity={0.18} />
      <polyline
        points={path(told.map(({ value }) => value)).join(' ')}
        fill="none"
        stroke="var(--accent)"
        stroke-width={2}
      />
      {[0, last].map((index) => (
        <text key={index} x={x(index)} y={HEIGHT - 6} text-anchor={index === 0 ? 'start' : 'end'}>
          {formatBucket(told[index]!.time, 'day', timezone)}
        </text>
      ))}
      {place !== undefined && (
        <>
          <line x1={x(place)} x2={x(place)} y1={field.top} y2={field.bottom} stroke="var(--muted)" />
          <circle cx={x(place)} cy={y(told[place]!.value)} r={4} fill="var(--accent)" />
        </>
      )}
    </>
  );
}
