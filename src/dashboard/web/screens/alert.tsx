/** One alert: its states, its silence, what happened, and what was sent. */
import { useState } from 'preact/hooks';
import { callApi, useAnswer } from '../api.js';
import { formatCount, formatTime } from '../format.js';
import { addressOf, navigate } from '../route.js';
import { useCall } from '../ui/call.js';
import { Select } from '../ui/fields.js';
import { tellAlertsChanged } from '../ui/firing-alerts.js';
import { MoreButton, usePages } from '../ui/pages.js';
import { ProblemNote } from '../ui/problem.js';
import { SureButton } from '../ui/sure-button.js';
import { toDraft } from './alert-draft.js';
import { StatusMark } from './alert-status.js';
import {
  type Alert,
  describeCondition,
  describeFound,
  describeLast,
  describeSilence,
  describeSource,
} from './alert-words.js';
import { findUnit, useMetrics } from './metric-units.js';

const REFRESH_MS = 5_000;
const HOUR_MS = 3_600_000;
const SILENCES: readonly (readonly [hours: string, text: string])[] = [
  ['1', '1 hour'],
  ['8', '8 hours'],
  ['24', '1 day'],
  ['168', '1 week'],
];

interface Change {
  readonly id: string;
  readonly at: string;
  readonly dimension_value: unknown;
  readonly from: string;
  readonly to: string;
  readonly value: number | null;
  readonly silenced: boolean;
}

interface Delivery {
  readonly id: string;
  readonly webhook: string;
  readonly state: string;
  readonly attempts: number;
  readonly error: string | null;
  readonly created_at: string;
}

export function AlertView({ id }: { id: string }) {
  const [version, setVersion] = useState(0);
  const path = `/v1/alerts/${id}`;
  const { data, problem } = useAnswer<Alert & { deliveries: Delivery[] }>({ path }, REFRESH_MS, version);
  const [failed, run] = useCall();
  const metrics = useMetrics();
  const act = (work: () => Promise<unknown>): Promise<void> =>
    run(async () => {
      await work();
      setVersion(version + 1);
      tellAlertsChanged();
    });
  if (problem && !data) return <ProblemNote problem={problem} />;
  if (!data) return <div class="skeleton" style={{ height: '320px' }} />;
  const draft = toDraft(data);
  const unit = findUnit(metrics, data.metric);
  const silence = (hours: number | null): Promise<void> => {
    const until = hours === null ? null : new Date(Date.now() + hours * HOUR_MS).toISOString();
    return act(() => callApi(`${path}/silence`, { body: { until } }));
  };
  const remove = (): Promise<void> =>
    run(async () => {
      await callApi(path, { method: 'DELETE' });
      tellAlertsChanged();
      navigate('/alerts');
    });
  return (
    <div class="columns">
      <section class="panel">
        <h2>{data.name}</h2>
        {failed && <ProblemNote problem={failed} />}
        <p>
          <StatusMark status={data.status} /> {describeSource(data)}: {describeLast(data, unit)}
        </p>
        <p class="muted">
          It fires when {describeSource(data)} {describeCondition(data, unit)}.
          {data.evaluated_at && ` Last looked at ${formatTime(data.evaluated_at)}.`}
        </p>
        <Silence until={data.silenced_until} onSilence={silence} />
        <p class="row">
          {draft && (
            <button type="button" onClick={() => navigate(addressOf('alerts', draft))}>
              Change
            </button>
          )}
          <SureButton text="Delete" sure="Delete this alert?" onClick={remove} />
          <a href="/alerts">All alerts</a>
        </p>
        {data.deliveries.length > 0 && <Deliveries rows={data.deliveries} />}
      </section>
      <History
        path={`${path}/history`}
        version={version}
        describe={(value) => describeFound(data, value, unit)}
      />
    </div>
  );
}

function Silence({ until, onSilence }: { until: string | null; onSilence: (hours: number | null) => void }) {
  const [hours, setHours] = useState('1');
  if (until !== null)
    return (
      <p class="row">
        <span>{describeSilence(until)}</span>
        <button type="button" onClick={() => onSilence(null)}>
          End the silence
        </button>
      </p>
    );
  return (
    <div class="row end">
      <Select label="Tell nobody for" value={hours} options={SILENCES} onChange={setHours} />
      <button type="button" onClick={() => onSilence(Number(hours))}>
        Silence
      </button>
    </div>
  );
}

const Deliveries = ({ rows }: { rows: readonly Delivery[] }) => (
  <>
    <h2 class="next">Sent to webhooks</h2>
    <ul class="list">
      {rows.map((row) => (
        <li key={row.id}>
          <span>
            {row.webhook} <span class="muted">{row.error}</span>
          </span>
          <span class="muted">
            {row.state}, {formatCount(row.attempts, 'attempt')}, {formatTime(row.created_at)}
          </span>
        </li>
      ))}
    </ul>
  </>
);

interface HistoryProps {
  path: string;
  version: number;
  describe: (value: number) => string;
}

function History({ path, version, describe }: HistoryProps) {
  const { rows, problem, more } = usePages<Change>(path, version);
  return (
    <section class="panel">
      <h2>History</h2>
      {problem && <ProblemNote problem={problem} />}
      {rows?.length === 0 && <p class="empty">Nothing happened yet: every change of state is kept here.</p>}
      <ul class="list">
        {rows?.map((row) => (
          <li key={row.id}>
            <span>
              {row.from} → {row.to}
              {row.dimension_value === null ? '' : ` · ${String(row.dimension_value)}`}
              {row.value === null ? '' : ` at ${describe(row.value)}`}
              {row.silenced && <span class="muted"> silenced</span>}
            </span>
            <span class="muted">{formatTime(row.at)}</span>
          </li>
        ))}
      </ul>
      <MoreButton more={more} />
    </section>
  );
}
