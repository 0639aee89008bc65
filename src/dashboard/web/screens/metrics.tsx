/** Metrics: written in their language with the mistakes shown in place, tried at once, saved, and opened again. */
import { useEffect, useState } from 'preact/hooks';
import { ApiError, callApi, type Meta, type Request, useAnswer } from '../api.js';
import type { Vocabulary } from '../editor/complete.js';
import { type DefinitionProblem, MetricEditor } from '../editor/metric-editor.js';
import { addressOf, navigate, useQuestion } from '../route.js';
import { AnswerPanel } from '../ui/answer.js';
import { useCall } from '../ui/call.js';
import { lastDays, RangePicker, Select } from '../ui/fields.js';
import { Notices } from '../ui/notices.js';
import { ProblemNote } from '../ui/problem.js';
import { SureButton } from '../ui/sure-button.js';
import type { TimeTable } from '../views/table.js';
import { AnswerView } from '../views/views.js';
import { KeptFields } from './kept-fields.js';
import { type AskedMetric, composeMetric, readMetric } from './metric-question.js';
import type { ScreenProps } from './screen.js';

interface Metric {
  id: string;
  name: string;
  version: number;
  definition: string;
  dimensions: string[];
  rollup: { state: string; reason?: string };
}

interface Checked {
  valid: boolean;
  problems: DefinitionProblem[];
  formatted: string | null;
  metrics: { name: string; dimensions: string[]; rollup: { possible: boolean; reasons?: string[] } }[];
}

const GRAINS = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'all'];
const PATH = '/v1/analytics/metrics/custom';
const METRICS = '/v1/analytics/metrics';

const sampleOf = (event: string): string =>
  `metric "events_a_day" {\n  formula = "count(${event})"\n  time_window = "1d"\n}\n`;

export function Metrics({ item }: ScreenProps) {
  const vocabulary = useAnswer<Vocabulary>({ path: `${METRICS}/vocabulary` });
  const saved = useAnswer<Metric>(item === '' ? undefined : { path: `${PATH}/${item}` });
  const problem = vocabulary.problem ?? saved.problem;
  if (problem) return <ProblemNote problem={problem} />;
  if (!vocabulary.data || (item !== '' && !saved.data))
    return <div class="skeleton" style={{ height: '320px' }} />;
  return <Workbench vocabulary={vocabulary.data} saved={saved.data} key={item} />;
}

function Workbench({ vocabulary, saved }: { vocabulary: Vocabulary; saved: Metric | undefined }) {
  const [asked, change] = useQuestion<AskedMetric>(
    {
      definition: saved?.definition ?? sampleOf(vocabulary.events[0]?.name ?? 'page_viewed'),
      dimensions: [],
      grain: 'day',
      compare: false,
      ...lastDays(30),
    },
    readMetric,
  );
  const [checked, setChecked] = useState<Checked>();
  const [revision, setRevision] = useState(0);
  const check = async (definition: string): Promise<readonly DefinitionProblem[]> => {
    try {
      const found = await callApi<Checked>(`${METRICS}/check`, { body: { definition } });
      setChecked(found);
      return found.problems;
    } catch (error) {
      if (error instanceof ApiError) return [];
      throw error;
    }
  };
  useEffect(() => {
    check(asked.definition);
  }, []);
  const metric = checked?.metrics.at(-1);
  const { definition, dimensions, grain, compare } = asked;
  const request: Request | undefined = checked?.valid
    ? { path: `${METRICS}/calculate`, body: composeMetric(asked, metric?.dimensions ?? []) }
    : undefined;
  const answer = useAnswer<TimeTable>(request);
  return (
    <div class="workbench">
      <section class="panel">
        <SavedMetrics saved={saved} />
        <MetricEditor
          value={definition}
          revision={revision}
          vocabulary={vocabulary}
          check={check}
          onChange={(text) => change({ definition: text })}
        />
        <Problems checked={checked} />
        <Save
          saved={saved}
          asked={asked}
          checked={checked}
          onFormat={(text) => {
            change({ definition: text });
            setRevision(revision + 1);
          }}
        />
      </section>
      <form class="panel ask" aria-label="What is asked" onSubmit={(event) => event.preventDefault()}>
        {metric && metric.dimensions.length > 0 && (
          <Dimensions
            all={metric.dimensions}
            chosen={dimensions}
            onChange={(chosen) => change({ dimensions: chosen })}
          />
        )}
        <Select
          label="Grain"
          value={grain}
          options={[['', 'its own'], ...GRAINS.map((one) => [one, one] as const)]}
          onChange={(one) => change({ grain: one })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={compare}
            onChange={(event) => change({ compare: event.currentTarget.checked })}
          />
          Compare with the period before
        </label>
        <RangePicker range={asked} onChange={change} />
        <KeptFields kept={asked.kept} onChange={change} />
      </form>
      <div class="answers">
        <AnswerPanel
          answer={answer}
          meta={leaveOutDefinition(answer.data?.meta)}
          request={request}
          name={metric?.name ?? 'metric'}
          view="metric"
          explains
          csv={answer.data && (() => [answer.data!.columns, ...answer.data!.rows])}
          {...(saved ? { alertAddress: addressOf('alerts', { metric: saved.name }) } : {})}
          empty={<p>Once the definition is without mistakes, its numbers appear here.</p>}
        >
          {(table) => <AnswerView kind="metric" data={table} body={request?.body} />}
        </AnswerPanel>
      </div>
    </div>
  );
}

/** What is said of the definition stands below it already. */
function leaveOutDefinition(meta: Meta | undefined): Meta | undefined {
  const warnings = meta?.warnings?.filter(({ path }) => path !== 'definition') ?? [];
  return meta && { ...meta, warnings: warnings.length > 0 ? warnings : undefined };
}

function SavedMetrics({ saved }: { saved: Metric | undefined }) {
  const { data } = useAnswer<{ data: Metric[] }>({ path: `${PATH}?limit=1000` });
  if (!data || data.data.length === 0) return null;
  return (
    <Select
      label="Saved metrics"
      value={saved?.id ?? ''}
      options={[['', 'A new one'], ...data.data.map(({ id, name }) => [id, name] as const)]}
      onChange={(id) => navigate(addressOf('custom-metrics', undefined, id))}
    />
  );
}

function Problems({ checked }: { checked: Checked | undefined }) {
  return (
    <div aria-live="polite">
      {checked?.valid && (
        <p class="state-ok">
          No mistakes.{' '}
          {checked.metrics.map(({ name, rollup }) =>
            rollup.possible
              ? `${name} will be answered from a rollup. `
              : `${name} is computed from the raw events: ${rollup.reasons?.join('; ') ?? ''} `,
          )}
        </p>
      )}
      {checked && checked.problems.length > 0 && <Notices label="Mistakes" notices={checked.problems} />}
    </div>
  );
}

interface SaveProps {
  saved: Metric | undefined;
  asked: AskedMetric;
  checked: Checked | undefined;
  onFormat: (text: string) => void;
}

function Save({ saved, asked, checked, onFormat }: SaveProps) {
  const [problem, run] = useCall();
  const body = { definition: asked.definition };
  const open = (id: string): void => navigate(addressOf('custom-metrics', asked, id));
  const save = (): Promise<void> =>
    run(async () => {
      if (saved) return open((await callApi<Metric>(`${PATH}/${saved.id}`, { method: 'PUT', body })).id);
      const made = await callApi<Metric | { data: Metric[] }>(PATH, { body });
      open(('data' in made ? made.data.at(-1)! : made).id);
    });
  const remove = (): Promise<void> =>
    run(async () => {
      await callApi(`${PATH}/${saved!.id}`, { method: 'DELETE' });
      navigate('/custom-metrics');
    });
  return (
    <>
      {problem && <ProblemNote problem={problem} />}
      <div class="row wrap">
        <button type="button" class="primary" disabled={!checked?.valid} onClick={save}>
          {saved ? 'Save a new version' : 'Save'}
        </button>
        <button
          type="button"
          disabled={!checked?.formatted}
          onClick={() => checked?.formatted && onFormat(checked.formatted)}
        >
          Format
        </button>
        {saved && <SureButton text="Delete" sure="Delete this metric?" onClick={remove} />}
        {saved && (
          <span class="muted">
            version {saved.version}, rollup {saved.rollup.state}
            {saved.rollup.reason ? `: ${saved.rollup.reason}` : ''}
          </span>
        )}
      </div>
    </>
  );
}

interface DimensionsProps {
  all: readonly string[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

const Dimensions = ({ all, chosen, onChange }: DimensionsProps) => (
  <fieldset class="conditions">
    <legend class="legend">Split by</legend>
    {all.map((name) => (
      <label class="check" key={name}>
        <input
          type="checkbox"
          checked={chosen.includes(name)}
          onChange={() =>
            onChange(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name])
          }
        />
        {name}
      </label>
    ))}
  </fieldset>
);
