/**
 * What drawings of judged models stand on: the width there is, round numbers for the axes, and a field in which one place at a time
 * is pointed at, by pointer or by arrow keys. It is a slider to those who cannot see it: each place says its numbers.
 */
import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** The width of the element that takes the ref; 0 until it is known. */
export function useWidth(): [RefObject<HTMLDivElement | null>, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = (): void => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

/** Round numbers from 0 to the first that is not below `most`, about `count` of them. */
export function listTicks(most: number, count: number): number[] {
  const rough = (most > 0 ? most : 1) / count;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * ([1, 2, 5, 10].find((one) => one * size >= rough) ?? 10);
  return Array.from({ length: Math.ceil((most > 0 ? most : 1) / step - 1e-9) + 1 }, (_, i) => i * step);
}

/** The field inside the axes, in pixels. */
export interface Field {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Tick {
  at: number;
  text: string;
}

/** Lines across the field with their numbers beside it, and names below it. */
export function Axes({
  field,
  rows,
  names,
}: {
  field: Field;
  rows: readonly Tick[];
  names: readonly Tick[];
}) {
  return (
    <>
      {rows.map(({ at, text }) => (
        <g key={text}>
          <line x1={field.left} x2={field.right} y1={at} y2={at} stroke="var(--border)" />
          <text x={field.left - 6} y={at + 4} text-anchor="end">
            {text}
          </text>
        </g>
      ))}
      {names.map(({ at, text }) => (
        <g key={text}>
          <line x1={at} x2={at} y1={field.bottom} y2={field.bottom + 4} stroke="var(--border)" />
          <text x={at} y={field.bottom + 18} text-anchor="middle">
            {text}
          </text>
        </g>
      ))}
    </>
  );
}

interface PointedProps {
  /** What is drawn, in words. */
  label: string;
  width: number;
  height: number;
  count: number;
  /** The place that is pointed at. */
  place: number | undefined;
  onPlace: (place: number | undefined) => void;
  /** The place nearest to a point of the drawing. */
  find: (x: number, y: number) => number;
  /** The numbers of a place, in words. */
  tell: (place: number) => string;
  children: ComponentChildren;
}

const TEXT_SIZE = 12;

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

export function Pointed({ label, width, height, count, place, onPlace, find, tell, children }: PointedProps) {
  const shown = place ?? 0;
  const point = (event: PointerEvent & { currentTarget: HTMLElement }): void => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    onPlace(find(event.clientX - left, event.clientY - top));
  };
  // Who comes by keyboard sees where the keys begin.
  const focus = (event: FocusEvent & { currentTarget: HTMLElement }): void => {
    if (event.currentTarget.matches(':focus-visible')) onPlace(shown);
  };
  const step = (event: KeyboardEvent): void => {
    const by = STEPS[event.key];
    if (by === undefined) return;
    event.preventDefault();
    onPlace(Math.min(count - 1, Math.max(0, shown + by)));
  };
  return (
    <div
      class="pointed"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={1}
      aria-valuemax={count}
      aria-valuenow={shown + 1}
      aria-valuetext={tell(shown)}
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => onPlace(undefined)}
      onKeyDown={step}
      onFocus={focus}
      onBlur={() => onPlace(undefined)}
    >
      {/* As attributes: a saved picture has no style sheet for what is inside. */}
      <svg width={width} height={height} aria-hidden="true" font-size={TEXT_SIZE} fill="var(--muted)">
        {children}
      </svg>
    </div>
  );
}
