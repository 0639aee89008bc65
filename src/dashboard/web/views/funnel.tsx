/** A funnel: bars, and between them who left and how long the others took; branches, breakdown and trend below. */

import type { Meta } from '../api.js';
import { Lines } from '../charts/lines.js';
import { formatCount, formatNumber, formatPercent, formatSeconds } from '../format.js';
import { DataTable } from '../ui/data-table.js';
import type { ViewProps } from './view.js';

export interface FunnelStep {
  index: number;
  id: string;
  label: string;
  optional?: true;
  count: number;
  previous_count?: number;
  dropped: number | null;
  conversion_from_first: number | null;
  median_seconds: number | null;
  p90_seconds: number | null;
}

interface Part {
  steps: FunnelStep[];
  conversion_rate: number | null;
  previous_conversion_rate?: number | null;
}

export interface FunnelAnswer extends Part {
  breakdown?: (Part & { values: unknown[] })[];
  trend?: { time: string; counts: number[]; conversion_rate: number | null; complete: boolean }[];
  paths?: {
    edges: { from: string; to: string; count: number }[];
    paths: { steps: string[]; count: number; first_path: number }[];
  };
  meta: Meta & { truncated_units?: unknown[] };
}

/** Who a bar or a gap stands for. */
export interface FunnelPick {
  step: number;
  state: 'reached' | 'dropped';
}

export const FunnelView = ({ data, body, compact = false }: ViewProps) => (
  <FunnelPicture funnel={data as FunnelAnswer} body={body} compact={compact} />
);

interface PictureProps {
  funnel: FunnelAnswer;
  body: unknown;
  compact?: boolean;
  onPick?: (pick: FunnelPick) => void;
}

export function FunnelPicture({ funnel, body, compact = false, onPick }: PictureProps) {
  if ((funnel.steps[0]?.count ?? 0) === 0)
    return (
      <p class="empty">
        Nobody did the first step in this range. Choose a longer range or another first step.
      </p>
    );
  const before = funnel.previous_conversion_rate;
  const cut = funnel.meta.truncated_units?.length ?? 0;
  return (
    <>
      <h2>
        {formatPercent(funnel.conversion_rate)} go all the way
        {before !== undefined && <small class="muted"> {formatPercent(before)} in the period before</small>}
      </h2>
      <Bars steps={funnel.steps} onPick={onPick} />
      {cut > 0 && (
        <p class="muted">
          Of {formatCount(cut, 'person or session', 'people or sessions')} only the first matching events were
          looked at: choose a shorter range to see all.
        </p>
      )}
      {!compact && funnel.paths && <Branches funnel={funnel} />}
      {!compact && funnel.breakdown && <Parts funnel={funnel} />}
      {!compact && funnel.trend && funnel.trend.length > 0 && <Trend funnel={funnel} body={body} />}
    </>
  );
}

function Bars({ steps, onPick }: { steps: readonly FunnelStep[]; onPick: PictureProps['onPick'] }) {
  const first = Math.max(...steps.map(({ count }) => count));
  return (
    <div class="funnel">
      {steps.map((step, index) => (
        <div key={step.index}>
          {index > 0 && <Gap step={step} before={steps[index - 1]!} onPick={onPick} />}
          <div class="stage">
            <span>
              {index + 1}. {step.label} {step.optional && <small class="muted">may be left out</small>}
            </span>
            <Bar step={step} first={first} onPick={onPick} />
            <span class="figures">
              <b>{formatNumber(step.count)}</b> <small>{formatPercent(step.conversion_from_first)}</small>
              {step.previous_count !== undefined && (
                <small title="In the period before"> ({formatNumber(step.previous_count)})</small>
              )}
            </span>
          </div>
        </div>
      ))}
    </div>
  );
}

interface BarProps {
  step: FunnelStep;
  first: number;
  onPick: PictureProps['onPick'];
}

function Bar({ step, first, onPick }: BarProps) {
  const fill = <span class="fill" style={{ width: `${(100 * step.count) / first}%` }} />;
  const label = `${step.label}: ${step.count}`;
  const title = `${step.label}: ${formatNumber(step.count)}, ${formatPercent(step.conversion_from_first)} of those who began`;
  if (!onPick)
    return (
      <div class="track" role="img" aria-label={label} title={title}>
        {fill}
      </div>
    );
  return (
    <button
      type="button"
      class="track"
      title={title}
      aria-label={`${label}. Show who reached this step`}
      onClick={() => onPick({ step: step.index, state: 'reached' })}
    >
      {fill}
    </button>
  );
}

interface GapProps {
  step: FunnelStep;
  before: FunnelStep;
  onPick: PictureProps['onPick'];
}

function Gap({ step, before, onPick }: GapProps) {
  const left = before.dropped === null ? '' : `${formatNumber(before.dropped)} left`;
  return (
    <p class="gap">
      {onPick && before.dropped ? (
        <button
          type="button"
          class="link"
          aria-label={`${left} after ${before.label}. Show who left`}
          onClick={() => onPick({ step: before.index, state: 'dropped' })}
        >
          {left}
        </button>
      ) : (
        left
      )}{' '}
      · median {formatSeconds(step.median_seconds)} · p90 {formatSeconds(step.p90_seconds)}
    </p>
  );
}

const formatCell = (cell: string | number | boolean | null, column: number, percent: number) =>
  typeof cell !== 'number'
    ? String(cell ?? '–')
    : column === percent
      ? formatPercent(cell)
      : formatNumber(cell);

function Branches({ funnel }: { funnel: FunnelAnswer }) {
  const labels = new Map(funnel.steps.map(({ id, label }) => [id, label]));
  return (
    <div class="beneath">
      <DataTable
        label="Branches"
        columns={[
          { name: 'Branch' },
          { name: 'Took it', number: true },
          { name: 'Took it first', number: true },
        ]}
        rows={funnel.paths!.paths.map(({ steps, count, first_path }) => [
          steps.map((id) => labels.get(id) ?? id).join(' → '),
          count,
          first_path,
        ])}
        format={(cell, column) => formatCell(cell, column, -1)}
      />
    </div>
  );
}

function Parts({ funnel }: { funnel: FunnelAnswer }) {
  const rate = funnel.steps.length + 1;
  return (
    <div class="beneath">
      <DataTable
        label="By value"
        columns={[
          { name: 'Value' },
          ...funnel.steps.map(({ label, index }) => ({ name: `${index}. ${label}`, number: true })),
          { name: 'All the way', number: true },
        ]}
        rows={funnel.breakdown!.map(({ values, steps, conversion_rate }) => [
          values.map((value) => String(value ?? '(none)')).join(', '),
          ...steps.map(({ count }) => count),
          conversion_rate,
        ])}
        format={(cell, column) => formatCell(cell, column, rate)}
      />
    </div>
  );
}

function Trend({ funnel, body }: { funnel: FunnelAnswer; body: unknown }) {
  const { grain = 'day', timezone = 'UTC' } = (body ?? {}) as { grain?: string; timezone?: string };
  const trend = funnel.trend!;
  const open = trend.findIndex(({ complete }) => !complete);
  return (
    <Lines
      times={trend.map(({ time }) => time)}
      series={[
        {
          name: 'go all the way',
          values: trend.map(({ conversion_rate }) =>
            conversion_rate === null ? null : conversion_rate * 100,
          ),
        },
      ]}
      grain={grain}
      timezone={timezone}
      incompleteFrom={open < 0 ? trend.length : open}
      height={180}
      unit="percent"
    />
  );
}
