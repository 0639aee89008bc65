/** Shares: a whole cut into parts, and two shares on one line from 0 to 100 %. */
import { formatPercent } from '../format.js';

export interface Part {
  name: string;
  share: number;
  colour: string;
  /** What else is said of it when it is pointed at. */
  about?: string;
}

/** A strip as long as everybody, cut into parts. */
export function ShareStrip({ parts, label }: { parts: readonly Part[]; label: string }) {
  const said = parts.map(({ name, share }) => `${name} ${formatPercent(share)}`).join(', ');
  return (
    <div class="strip" role="img" aria-label={`${label}: ${said}`}>
      {parts.map(({ name, share, colour, about }) => (
        <i
          key={name}
          title={`${name}: ${formatPercent(share)}${about ? `, ${about}` : ''}`}
          style={{ flexGrow: share, background: colour }}
        />
      ))}
    </div>
  );
}

const WIDTH = 120;
const HEIGHT = 18;
const RADIUS = 5;

interface PairProps {
  /** Those it is about, and those they are compared with. */
  inside: number;
  outside: number | null;
  label: string;
}

/** How far two shares are apart. */
export function SharePair({ inside, outside, label }: PairProps) {
  const x = (share: number): number => RADIUS + share * (WIDTH - 2 * RADIUS);
  const middle = HEIGHT / 2;
  return (
    <svg class="pair" width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
      <title>{label}</title>
      <line x1={x(0)} x2={x(1)} y1={middle} y2={middle} stroke="var(--border)" stroke-width={2} />
      {outside !== null && (
        <>
          <line
            x1={x(outside)}
            x2={x(inside)}
            y1={middle}
            y2={middle}
            stroke="var(--accent)"
            stroke-width={2}
          />
          <circle
            cx={x(outside)}
            cy={middle}
            r={RADIUS - 1}
            fill="var(--surface)"
            stroke="var(--muted)"
            stroke-width={2}
          />
        </>
      )}
      <circle cx={x(inside)} cy={middle} r={RADIUS} fill="var(--accent)" />
    </svg>
  );
}
