/** Alerts: the list of them, one that is open, and a new one with a test of what it would have done. */
import { useState } from 'preact/hooks';
import { callApi, useAnswer } from '../api.js';
import { addressOf, useQuestion } from '../route.js';
import { useCall } from '../ui/call.js';
import { Select, TextInput } from '../ui/fields.js';
import { tellAlertsChanged } from '../ui/firing-alerts.js';
import { copyText } from '../ui/pictures.js';
import { ProblemNote } from '../ui/problem.js';
import { Question } from '../ui/question.js';
import { AlertView } from './alert.js';
import { type Draft, EMPTY, KINDS, type Kind, nameLimit, toRule } from './alert-draft.js';
import { StatusMark } from './alert-status.js';
import { AlertTest } from './alert-test.js';
import {
  type Alert,
  type BackTest,
  describeCondition,
  describeLast,
  describeSilence,
  describeSource,
  SIGNALS,
} from './alert-words.js';
import { findUnit, useMetrics } from './metric-units.js';
import type { ScreenProps } from './screen.js';

const PATH = '/v1/alerts';
const REFRESH_MS = 5_000;
const METRIC = '';

export function Alerts({ item }: ScreenProps) {
  return item === '' ? <Overview /> : <AlertView id={item} />;
}

function Overview() {
  const [version, setVersion] = useState(0);
  return (
    <>
      <List version={version} />
      <NewAlert onMade={() => setVersion(version + 1)} />
    </>
  );
}

function List({ version }: { version: number }) {
  const { data, problem } = useAnswer<{ data: Alert[] }>({ path: `${PATH}?limit=1000` }, REFRESH_MS, version);
  const metrics = useMetrics();
  return (
    <section class="panel" aria-label="Alerts of this project">
      {problem && <ProblemNote problem={problem} />}
      {!data && !problem && <div class="skeleton" style={{ height: '200px' }} />}
      {data?.data.length === 0 && (
        <p class="empty">None yet. Choose a metric below and say what should not go unnoticed.</p>
      )}
      <ul class="list">
        {data?.data.map((alert) => (
          <li key={alert.id}>
            <span>
              <StatusMark status={alert.status} />{' '}
              <a href={addressOf('alerts', undefined, alert.id)}>{alert.name}</a>{' '}
              <span class="muted">
                {describeSource(alert)}: {describeLast(alert, findUnit(metrics, alert.metric))}. Fires when it{' '}
                {describeCondition(alert, findUnit(metrics, alert.metric))}
              </span>
            </span>
            <span class="muted">{describeSilence(alert.silenced_until)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function NewAlert({ onMade }: { onMade: () => void }) {
  const [draft, change] = useQuestion<Draft>(EMPTY);
  const metrics = useMetrics();
  const [secret, setSecret] = useState<string>();
  const [problem, run] = useCall();
  const rule = toRule(draft);
  // Where it would be sent changes nothing about when it would have fired.
  const test = rule && { ...rule, channels: [], days: Number(draft.days) };
  const request = test && { path: `${PATH}/test`, body: test };
  const answer = useAnswer<BackTest>(request);
  const save = (): Promise<void> =>
    run(async () => {
      const made = await callApi<{ secret?: string }>(draft.id === '' ? PATH : `${PATH}/${draft.id}`, {
        method: draft.id === '' ? 'POST' : 'PUT',
        body: rule,
      });
      setSecret(made.secret);
      change(EMPTY);
      tellAlertsChanged();
      onMade();
    });
  return (
    <>
      <h2 class="next">{draft.id === '' ? 'New alert' : 'Change an alert'}</h2>
      <Question
        ask={
          <>
            <Source draft={draft} change={change} />
            <Terms draft={draft} change={change} />
            <TextInput
              label="Webhook (optional)"
              value={draft.webhook}
              placeholder="https://hooks.example.com/weir"
              onChange={(webhook) => change({ webhook })}
            />
            <TextInput
              label="Name (optional)"
              value={draft.name}
              placeholder={rule?.name ?? ''}
              onChange={(name) => change({ name })}
            />
            {problem && <ProblemNote problem={problem} />}
            <button type="button" class="primary" disabled={!rule} onClick={save}>
              {draft.id === '' ? 'Save the alert' : 'Save the changes'}
            </button>
          </>
        }
      >
        {secret !== undefined && <Secret secret={secret} />}
        {rule && request ? (
          <AlertTest answer={answer} request={request} rule={rule} unit={findUnit(metrics, rule.metric)} />
        ) : (
          <section class="panel">
            <p class="empty">
              Say what to watch and when it is too much: here you see at once when the alert would have fired
              in the last days.
            </p>
          </section>
        )}
      </Question>
    </>
  );
}

const Secret = ({ secret }: { secret: string }) => (
  <section class="panel" role="status">
    <p>Saved. Its requests to the webhook are signed with this secret:</p>
    <p class="row">
      <input readOnly aria-label="Secret of the webhook" value={secret} />
      <button type="button" onClick={() => copyText(secret)}>
        Copy
      </button>
    </p>
  </section>
);

interface PartProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

function Source({ draft, change }: PartProps) {
  const metrics = useMetrics();
  const chosen = metrics.find(({ id, name }) => id === draft.metric || name === draft.metric);
  return (
    <>
      <Select
        label="What to watch"
        value={draft.signal}
        options={[
          [METRIC, 'A metric'],
          ...Object.entries(SIGNALS).map(([id, [name]]) => [id, name] as const),
        ]}
        onChange={(signal) => change({ signal, window: signal === METRIC ? '1h' : '1m' })}
      />
      {draft.signal === METRIC && (
        <TextInput
          label="Metric"
          value={draft.metric}
          list={metrics.map(({ name }) => name)}
          placeholder={metrics[0]?.name ?? 'define one at Metrics first'}
          onChange={(metric) => change({ metric })}
        />
      )}
      {draft.signal === METRIC && draft.kind !== 'no_data' && (
        <TextInput
          label="Each value of (optional)"
          value={draft.dimension}
          list={chosen?.dimensions ?? []}
          placeholder="plan"
          onChange={(dimension) => change({ dimension })}
        />
      )}
    </>
  );
}

/** The usual durations, and the one that is chosen. */
const toOptions = (durations: readonly string[], chosen: string): (readonly [string, string])[] =>
  [...new Set([...durations, chosen])].map((one) => [one, one]);

function Terms({ draft, change }: PartProps) {
  return (
    <>
      <Select
        label="Fires when it"
        value={draft.kind}
        options={KINDS}
        onChange={(kind) => change({ kind: kind as Kind })}
      />
      {draft.kind !== 'no_data' && (
        <TextInput
          label={nameLimit(draft.kind)}
          value={draft.limit}
          placeholder={draft.kind === 'anomaly' ? '3' : '100'}
          onChange={(limit) => change({ limit })}
        />
      )}
      {draft.kind !== 'anomaly' && (
        <Select
          label={draft.kind === 'no_data' ? 'For as long as' : 'Over'}
          value={draft.window}
          options={toOptions(['1m', '5m', '15m', '1h', '6h', '1d', '7d'], draft.window)}
          onChange={(window) => change({ window })}
        />
      )}
      <Select
        label="And stays so for"
        value={draft.hold}
        options={toOptions(['0s', '1m', '5m', '10m', '30m', '1h', '6h'], draft.hold)}
        onChange={(hold) => change({ hold })}
      />
      <Select
        label="Tested over"
        value={String(draft.days)}
        options={[
          ['1', '1 day'],
          ['7', '7 days'],
          ['28', '28 days'],
        ]}
        onChange={(days) => change({ days: Number(days) })}
      />
    </>
  );
}
