/**
 * How often what was foretold came true: bins of people by what was foretold of them, against the diagonal, on which a model lies
 * that is neither too sure nor too timid. A whisker holds the true share of a bin in 95 of 100 cases.
 */
import { useState } from 'preact/hooks';
import { formatPeople, formatPercent } from '../format.js';
import { Axes, type Field, listTicks, Pointed, useWidth } from './ground.js';

export interface Bin {
  people: number;
  /** Mean probability foretold, and the share of it that came true. */
  foretold: number;
  observed: number;
}

const HEIGHT = 320;
const Z_95 = 1.96;
const RADIUS_MIN = 3;
const RADIUS_MAX = 6;

/** The interval of a share (Wilson, 1927), which keeps to 0 and 1 also where nobody or everybody did. */
export function findInterval({ people, observed }: Bin): readonly [low: number, high: number] {
  const spread = Z_95 ** 2 / people;
  const middle = (observed + spread / 2) / (1 + spread);
  const half =
    (Z_95 / (1 + spread)) * Math.sqrt((observed * (1 - observed)) / people + spread / (4 * people));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

function describeBin(bin: Bin): string {
  const [low, high] = findInterval(bin);
  return `${formatPeople(bin.people)}: foretold ${formatPercent(bin.foretold)}, came true ${formatPercent(bin.observed)} (${formatPercent(low)} to ${formatPercent(high)})`;
}

export function Calibration({ bins }: { bins: readonly Bin[] }) {
  const [box, width] = useWidth();
  const [place, setPlace] = useState<number>();
  return (
    <figure class="chart">
      <div ref={box} style={{ height: `${HEIGHT}px` }}>
        {width > 0 && bins.length > 0 && <Curve bins={bins} width={width} place={place} onPlace={setPlace} />}
      </div>
      <figcaption>
        <span class="legend-list">
          <span>
            <i class="swatch" style={{ background: 'var(--accent)' }} />
            what came true, and where its true share lies
          </span>
          <span>
            <i class="dash" />
            exactly as foretold
          </span>
        </span>
        <span class="told">
          {place === undefined ? 'Each point is a bin of people.' : describeBin(bins[place]!)}
        </span>
      </figcaption>
    </figure>
  );
}

interface CurveProps {
  bins: readonly Bin[];
  width: number;
  place: number | undefined;
  onPlace: (place: number | undefined) => void;
}

function Curve({ bins, width, place, onPlace }: CurveProps) {
  const most = Math.max(...bins.map((bin) => Math.max(bin.foretold, findInterval(bin)[1])));
  const ticks = listTicks(most, 5).filter((tick) => tick <= 1);
  const top = ticks.at(-1)! < most ? 1 : ticks.at(-1)!;
  const field: Field = { left: 44, top: 24, right: width - 20, bottom: HEIGHT - 40 };
  const x = (share: number): number => field.left + (share / top) * (field.right - field.left);
  const y = (share: number): number => field.bottom - (share / top) * (field.bottom - field.top);
  const crowd = Math.max(...bins.map(({ people }) => people));
  const radius = ({ people }: Bin): number => Math.max(RADIUS_MIN, RADIUS_MAX * Math.sqrt(people / crowd));
  const find = (px: number, py: number): number => {
    const far = bins.map(({ foretold, observed }) => Math.hypot(x(foretold) - px, y(observed) - py));
    return far.indexOf(Math.min(...far));
  };
  const first = bins[0]!;
  const last = bins.at(-1)!;
  return (
    <Pointed
      label={`Calibration in ${bins.length} bins: of the least likely ${formatPercent(first.observed)} came true, of the most likely ${formatPercent(last.observed)}`}
      width={width}
      height={HEIGHT}
      count={bins.length}
      place={place}
      onPlace={onPlace}
      find={find}
      tell={(at) => describeBin(bins[at]!)}
    >
      <Axes
        field={field}
        rows={ticks.map((tick) => ({ at: y(tick), text: formatPercent(tick) }))}
        names={ticks.map((tick) => ({ at: x(tick), text: formatPercent(tick) }))}
      />
      <text x={field.left} y={12}>
        came true ↑
      </text>
      <text x={field.right} y={HEIGHT - 4} text-anchor="end">
        foretold →
      </text>
      <line
        x1={x(0)}
        y1={y(0)}
        x2={x(top)}
        y2={y(top)}
        stroke="var(--muted)"
        stroke-width={1.5}
        stroke-dasharray="5 4"
      />
      {bins.map((bin, i) => {
        const [low, high] = findInterval(bin);
        return (
          <line
            key={i}
            x1={x(bin.foretold)}
            x2={x(bin.foretold)}
            y1={y(low)}
            y2={y(high)}
            stroke="var(--accent)"
            stroke-width={i === place ? 3 : 1.5}
            opacity={i === place ? 1 : 0.45}
          />
        );
      })}
      <polyline
        points={bins.map(({ foretold, observed }) => `${x(foretold)},${y(observed)}`).join(' ')}
        fill="none"
        stroke="var(--accent)"
        stroke-width={2}
      />
      {bins.map((bin, i) => (
        <circle
          key={i}
          cx={x(bin.foretold)}
          cy={y(bin.observed)}
          r={radius(bin) + (i === place ? 2 : 0)}
          fill={i === place ? 'var(--surface)' : 'var(--accent)'}
          stroke="var(--accent)"
          stroke-width={2}
        />
      ))}
    </Pointed>
  );
}
