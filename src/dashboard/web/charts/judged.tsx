/** What was expected beside what happened, place by place; where the model had not seen what happened the ground is shaded. */
import { useState } from 'preact/hooks';
import { formatNumber, formatShort } from '../format.js';
import { colourAt } from '../palette.js';
import { Axes, type Field, listTicks, Pointed, useWidth } from './ground.js';

export interface JudgedSeries {
  name: string;
  values: readonly number[];
  /** What nobody saw happen: expectations. */
  dashed?: boolean;
}

interface Props {
  /** What is drawn, in words. */
  label: string;
  /** Names of the places, such as "39", and what they are: "week". */
  places: readonly string[];
  unit: string;
  series: readonly JudgedSeries[];
  /** The model had not seen what happened from this place on; without it nothing is shaded. */
  unseenFrom?: number;
  height?: number;
}

/** Every so many places are named: quarters and years of weeks, round numbers of anything else. */
const WEEK_STEPS = [1, 2, 4, 13, 26, 52, 104];
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500];
/** Names of places stand at least this far apart, in pixels. */
const NAME_WIDTH = 40;
const TICKS = 4;

function tellPlace({ places, unit, series }: Props, at: number): string {
  const values = series.map(({ name, values }) => `${name} ${formatNumber(values[at])}`);
  return `${unit} ${places[at]}: ${values.join(', ')}`;
}

export function Judged(props: Props) {
  const { series, places, height = 240 } = props;
  const [box, width] = useWidth();
  const [place, setPlace] = useState<number>();
  return (
    <figure class="chart">
      <div ref={box} style={{ height: `${height}px` }}>
        {width > 0 && places.length > 1 && (
          <Drawn {...props} height={height} width={width} place={place} onPlace={setPlace} />
        )}
      </div>
      <figcaption>
        <span class="legend-list">
          {series.map(({ name, dashed }, i) => (
            <span key={name}>
              <i
                class={dashed ? 'dash' : 'swatch'}
                style={dashed ? { borderColor: colourAt(i) } : { background: colourAt(i) }}
              />
              {name}
            </span>
          ))}
        </span>
        <span class="told">{places.length > 0 && tellPlace(props, place ?? places.length - 1)}</span>
      </figcaption>
    </figure>
  );
}

interface DrawnProps extends Props {
  height: number;
  width: number;
  place: number | undefined;
  onPlace: (place: number | undefined) => void;
}

function Drawn(props: DrawnProps) {
  const { label, places, unit, series, unseenFrom, height, width, place, onPlace } = props;
  const ticks = listTicks(Math.max(...series.flatMap(({ values }) => values)), TICKS);
  const top = ticks.at(-1)!;
  const field: Field = { left: 48, top: 20, right: width - 16, bottom: height - 40 };
  const step = (field.right - field.left) / (places.length - 1);
  const x = (at: number): number => field.left + at * step;
  const y = (value: number): number => field.bottom - (value / top) * (field.bottom - field.top);
  const steps = unit === 'week' ? WEEK_STEPS : STEPS;
  const every = steps.find((one) => one * step >= NAME_WIDTH) ?? steps.at(-1)!;
  const named = places.flatMap((text, at) => ((at + 1) % every === 0 ? [{ at: x(at), text }] : []));
  return (
    <Pointed
      label={label}
      width={width}
      height={height}
      count={places.length}
      place={place}
      onPlace={onPlace}
      find={(px) => Math.min(places.length - 1, Math.max(0, Math.round((px - field.left) / step)))}
      tell={(at) => tellPlace(props, at)}
    >
      {unseenFrom !== undefined && <Unseen field={field} from={x(unseenFrom - 0.5)} />}
      <Axes
        field={field}
        rows={ticks.map((tick) => ({ at: y(tick), text: formatShort(tick) }))}
        names={named}
      />
      <text x={field.right} y={height - 4} text-anchor="end">
        {unit} →
      </text>
      {place !== undefined && (
        <line x1={x(place)} x2={x(place)} y1={field.top} y2={field.bottom} stroke="var(--muted)" />
      )}
      {series.map(({ name, values, dashed }, i) => (
        <polyline
          key={name}
          points={values.map((value, at) => `${x(at)},${y(value)}`).join(' ')}
          fill="none"
          stroke={colourAt(i)}
          stroke-width={2}
          stroke-linejoin="round"
          stroke-dasharray={dashed ? '6 4' : undefined}
        />
      ))}
      {place !== undefined &&
        series.map(({ name, values }, i) => (
          <circle key={name} cx={x(place)} cy={y(values[place]!)} r={4} fill={colourAt(i)} />
        ))}
    </Pointed>
  );
}

const Unseen = ({ field, from }: { field: Field; from: number }) => (
  <>
    <rect
      x={from}
      y={field.top}
      width={field.right - from}
      height={field.bottom - field.top}
      fill="var(--raised)"
    />
    <line x1={from} x2={from} y1={field.top} y2={field.bottom} stroke="var(--muted)" stroke-dasharray="2 3" />
    <text x={from - 6} y={12} text-anchor="end">
      learnt from
    </text>
    <text x={from + 6} y={12}>
      not seen by the model
    </text>
  </>
);
