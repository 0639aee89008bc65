/** An experiment: who took part, and for each goal every variant against the control, with its interval, in words, and over time. */
import { useState } from 'preact/hooks';
import type { Meta } from '../api.js';
import { Band, findScale, IntervalBar, type Tone } from '../charts/interval.js';
import { formatNumber, formatPeople, formatPercent } from '../format.js';
import { Scroll } from '../ui/scroll.js';
import { Told } from '../ui/told.js';
import {
  describeChance,
  describeVerdict,
  formatDifference,
  formatP,
  formatUplift,
  formatValue,
  type GoalAnswer,
  type GoalVariant,
  type Range,
  type Verdict,
} from './experiment-words.js';
import type { ViewProps } from './view.js';

export interface ExperimentAnswer {
  variants: {
    name: string;
    units: number;
    open_units: number;
    share: number | null;
    expected_share: number;
  }[];
  left_out: { several_variants: number; other_variants: number };
  sample_ratio: { p_value: number; mismatch: boolean };
  goals: GoalAnswer[];
  alpha: number;
  units_min: number;
  meta: Meta;
}

export function ExperimentView({ data, body, compact = false }: ViewProps) {
  const answer = data as ExperimentAnswer;
  const { timezone = 'UTC' } = (body ?? {}) as { timezone?: string };
  const [sequential, setSequential] = useState(false);
  if (answer.variants.every(({ units }) => units === 0))
    return (
      <p class="empty">Nobody was exposed in this range. Choose a longer range, another event or property.</p>
    );
  return (
    <>
      {answer.sample_ratio.mismatch && <Mismatch answer={answer} />}
      {!compact && <Participants answer={answer} />}
      <label class="check">
        <input
          type="checkbox"
          checked={sequential}
          onChange={(event) => setSequential(event.currentTarget.checked)}
        />
        I look while it runs, and may stop early: sequential intervals, which hold at every look
      </label>
      {answer.goals.map((goal, index) => (
        <section key={`${index} ${goal.name}`} aria-label={goal.name}>
          <h2 class="next">{goal.name}</h2>
          <Verdicts goal={goal} unitsMin={answer.units_min} sequential={sequential} />
          <GoalTable goal={goal} sequential={sequential} />
          {!compact && <Steps goal={goal} />}
          {!compact && goal.kind !== 'quantile' && (
            <Curves goal={goal} sequential={sequential} timezone={timezone} />
          )}
        </section>
      ))}
    </>
  );
}

function Mismatch({ answer }: { answer: ExperimentAnswer }) {
  const sizes = answer.variants.map(({ name, units }) => `${name} ${formatNumber(units)}`).join(', ');
  return (
    <div class="problem" role="alert">
      <h2>The variants do not have the sizes they should have</h2>
      <p>
        {sizes}: by chance that happens less than once in a thousand experiments (p ={' '}
        {answer.sample_ratio.p_value.toExponential(1)}). Somebody is lost or counted in one variant only: a
        redirect, a crash, a bot filter. Differences below may come from that.
      </p>
    </div>
  );
}

function Participants({ answer }: { answer: ExperimentAnswer }) {
  const { several_variants: several, other_variants: others } = answer.left_out;
  return (
    <>
      <Scroll>
        <table aria-label="Variants">
          <thead>
            <tr>
              <th>Variant</th>
              <th class="number">People</th>
              <th class="number">Share</th>
              <th class="number">Meant</th>
              <th class="number">May still act</th>
            </tr>
          </thead>
          <tbody>
            {answer.variants.map((one, index) => (
              <tr key={one.name}>
                <td>
                  {one.name}
                  {index === 0 && one.name !== 'control' && <small class="muted"> control</small>}
                </td>
                <td class="number">{formatNumber(one.units)}</td>
                <td class="number">{formatPercent(one.share)}</td>
                <td class="number">{formatPercent(one.expected_share)}</td>
                <td class="number">{formatNumber(one.open_units)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {several + others > 0 && (
        <p class="muted">
          Left out: {formatPeople(several)} who saw several variants
          {others > 0 && `, ${formatNumber(others)} who saw a variant that is not asked about`}.
        </p>
      )}
    </>
  );
}

const intervalOf = ({ comparison }: GoalVariant, sequential: boolean): Range | null =>
  comparison && (sequential ? (comparison.sequential?.interval ?? null) : comparison.interval);

const TONES: Readonly<Partial<Record<Verdict, Tone>>> = { better: 'good', worse: 'bad' };

interface GoalProps {
  goal: GoalAnswer;
  sequential: boolean;
}

const verdictOf = (one: GoalVariant, sequential: boolean): Verdict | null =>
  sequential ? one.sequential_verdict : one.verdict;

/** What is known and what to do, a variant a line. */
function Verdicts({ goal, sequential, unitsMin }: GoalProps & { unitsMin: number }) {
  return (
    <ul class="list" aria-label={`What ${goal.name} says`}>
      {goal.variants.map((one) => {
        const verdict = verdictOf(one, sequential);
        if (verdict === null) return null;
        return (
          <li key={one.variant}>
            <span>
              <b>{one.variant}</b> {describeVerdict(verdict, one, unitsMin)}
              {one.comparison && <Details comparison={one.comparison} goal={goal} />}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function GoalTable({ goal, sequential }: GoalProps) {
  const scale = findScale(goal.variants.flatMap((one) => [...(intervalOf(one, sequential) ?? [])]));
  return (
    <Told idle="Point at an interval for its numbers.">
      <Scroll>
        <table aria-label={`Variants by ${goal.name}`}>
          <thead>
            <tr>
              <th>Variant</th>
              <th class="number">Value</th>
              <th class="number">Difference</th>
              <th>Where it lies</th>
              <th class="number">p, adjusted</th>
            </tr>
          </thead>
          <tbody>
            {goal.variants.map((one) => {
              const verdict = verdictOf(one, sequential);
              const interval = intervalOf(one, sequential);
              const { comparison } = one;
              return (
                <tr key={one.variant}>
                  <td>{one.variant}</td>
                  <td class="number">{formatValue(goal, one.value)}</td>
                  <td class="number">
                    {comparison && formatDifference(goal, comparison.difference)}
                    {comparison && <small class="muted"> {formatUplift(comparison.uplift)}</small>}
                  </td>
                  <td>
                    {comparison && interval && (
                      <IntervalBar
                        interval={interval}
                        value={comparison.difference}
                        scale={scale}
                        tone={TONES[verdict ?? 'keep_running'] ?? 'even'}
                        label={`between ${formatDifference(goal, interval[0])} and ${formatDifference(goal, interval[1])}`}
                      />
                    )}
                  </td>
                  <td class="number">
                    {comparison &&
                      formatP(
                        sequential ? comparison.sequential_adjusted_p_value : comparison.adjusted_p_value,
                      )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </Told>
  );
}

function Details({
  comparison,
  goal,
}: {
  comparison: NonNullable<GoalVariant['comparison']>;
  goal: GoalAnswer;
}) {
  const before = comparison.adjusted_by_before;
  return (
    <small class="muted">
      <br />
      {describeChance(comparison, goal)}
      {before && (
        <>
          <br />
          {`${formatDifference(goal, before.difference)} (${formatDifference(goal, before.interval[0])} to ${formatDifference(goal, before.interval[1])}) without what people did anyway, which explains ${formatPercent(before.variance_reduction)}`}
        </>
      )}
    </small>
  );
}

function Steps({ goal }: { goal: GoalAnswer }) {
  const labels = goal.variants[0]?.steps;
  if (!labels) return null;
  return (
    <Scroll>
      <table aria-label={`Steps of ${goal.name}`}>
        <thead>
          <tr>
            <th>Of all exposed</th>
            {labels.map(({ label }, step) => (
              <th key={`${step} ${label}`} class="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {goal.variants.map(({ variant, steps = [] }) => (
            <tr key={variant}>
              <td>{variant}</td>
              {steps.map(({ count, rate }, step) => (
                <td key={step} class="number" title={formatNumber(count)}>
                  {formatPercent(rate)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Curves({ goal, sequential, timezone }: GoalProps & { timezone: string }) {
  return (
    <details>
      <summary>Day by day</summary>
      {goal.variants.slice(1).map(({ variant, curve }) => (
        <figure key={variant} style={{ margin: 0 }}>
          <figcaption class="muted">
            {variant}: the difference, by all who had been exposed by that day
          </figcaption>
          <Band
            points={curve.map((point) => ({
              time: point.time,
              value: point.difference,
              interval: sequential ? point.sequential_interval : point.interval,
            }))}
            timezone={timezone}
            label={`Difference of ${variant} in ${goal.name}, day by day`}
            format={(value) => formatDifference(goal, value)}
          />
        </figure>
      ))}
    </details>
  );
}
