/** Intervals: one as a bar on a scale it shares with its neighbours, and one over time as a band around its middle. Zero is drawn. */
import { formatBucket } from '../format.js';

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

const WIDTH = 640;
const HEIGHT = 160;
const LEFT = 64;
const BOTTOM = 18;

/** One value by day, and the interval around it; days without a number are left out. */
export function Band({ points, timezone, label, format }: BandProps) {
  const told = points.flatMap(({ time, value, interval }) =>
    value === null || interval === null ? [] : [{ time, value, interval }],
  );
  if (told.length < 2) return <p class="muted">A curve appears when two days have enough people.</p>;
  const scale = findScale(told.flatMap(({ interval }) => [...interval]));
  const x = (index: number): number => LEFT + (index / (told.length - 1)) * (WIDTH - LEFT - 8);
  const y = (value: number): number => ((scale.high - value) / (scale.high - scale.low)) * (HEIGHT - BOTTOM);
  const path = (values: readonly number[]): string[] => values.map((value, i) => `${x(i)},${y(value)}`);
  const upper = path(told.map(({ interval }) => interval[1]));
  const lower = path(told.map(({ interval }) => interval[0])).reverse();
  const ticks = [scale.low, 0, scale.high];
  return (
    <div class="scroll">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line x1={LEFT} x2={WIDTH} y1={y(tick)} y2={y(tick)} stroke="var(--border)" />
            <text
              x={LEFT - 6}
              y={Math.min(HEIGHT - BOTTOM, Math.max(10, y(tick) + 4))}
              text-anchor="end"
              font-size={11}
              fill="var(--muted)"
            >
              {format(tick)}
            </text>
          </g>
        ))}
        <polygon points={[...upper, ...lower].join(' ')} fill="var(--accent)" opacity={0.18} />
        <polyline
          points={path(told.map(({ value }) => value)).join(' ')}
          fill="none"
          stroke="var(--accent)"
          stroke-width={2}
        />
        {[0, told.length - 1].map((index) => (
          <text
            key={index}
            x={x(index)}
            y={HEIGHT - 4}
            text-anchor={index === 0 ? 'start' : 'end'}
            font-size={11}
            fill="var(--muted)"
          >
            {formatBucket(told[index]!.time, 'day', timezone)}
          </text>
        ))}
      </svg>
    </div>
  );
}
