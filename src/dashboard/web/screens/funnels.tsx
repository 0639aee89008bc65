import { useAnswer } from '../api.js';
import { formatNumber, formatPercent, formatSeconds } from '../format.js';
import { useQuestion } from '../route.js';
import { AnswerPanel, type Meta } from '../ui/answer.js';
import { useEventNames } from '../ui/catalogue.js';
import { lastDays, RangePicker, Select, TextInput } from '../ui/fields.js';

interface FunnelStep {
  index: number;
  label: string;
  count: number;
  dropped: number;
  conversion_from_first: number | null;
  conversion_from_previous: number | null;
  median_seconds: number | null;
  p90_seconds: number | null;
}

interface FunnelAnswer {
  steps: FunnelStep[];
  conversion_rate: number | null;
  meta: Meta & { truncated_units?: unknown[] };
}

interface Question {
  steps: string[];
  window: string;
  order: string;
  ties: string;
  count: string;
  from: string;
  to: string;
  timezone: string;
}

function buildRequest(q: Question): { path: string; body: unknown } | undefined {
  const events = q.steps.filter((step) => step !== '');
  if (events.length < 2) return undefined;
  const { window, order, ties, count, from, to, timezone } = q;
  return {
    path: '/v1/analytics/funnels/analyze',
    body: { steps: events.map((event) => ({ event })), window, order, ties, count, from, to, timezone },
  };
}

export function Funnels() {
  const names = useEventNames();
  const [q, change] = useQuestion<Question>({
    steps: ['', ''],
    window: '7d',
    order: 'ordered',
    ties: 'any',
    count: 'users',
    ...lastDays(30),
  });
  const setStep = (index: number, event: string): void =>
    change({ steps: q.steps.map((step, i) => (i === index ? event : step)) });
  const request = buildRequest(q);
  const answer = useAnswer<FunnelAnswer>(request);
  const csv =
    answer.data &&
    (() => [
      ['step', 'label', 'count', 'dropped', 'median_seconds'],
      ...answer.data!.steps.map((s) => [s.index, s.label, s.count, s.dropped, s.median_seconds]),
    ]);
  return (
    <div class="question">
      <form class="panel ask" onSubmit={(e) => e.preventDefault()}>
        {q.steps.map((step, index) => (
          <div class="step" key={index}>
            <span class="number">{index + 1}</span>
            <TextInput
              label={`Step ${index + 1}`}
              value={step}
              list={names}
              placeholder="event"
              onChange={(v) => setStep(index, v)}
            />
            <button
              type="button"
              class="quiet"
              aria-label={`Remove step ${index + 1}`}
              disabled={q.steps.length <= 2}
              onClick={() => change({ steps: q.steps.filter((_, i) => i !== index) })}
            >
              ×
            </button>
          </div>
        ))}
        <button type="button" onClick={() => change({ steps: [...q.steps, ''] })}>
          Add a step
        </button>
        <TextInput
          label="Conversion window (such as 90s, 30m, 7d)"
          value={q.window}
          onChange={(window) => change({ window })}
        />
        <Select
          label="Order"
          value={q.order}
          options={[
            ['ordered', 'In order, other events may come between'],
            ['strict', 'In order, nothing between'],
            ['unordered', 'Any order'],
          ]}
          onChange={(order) => change({ order })}
        />
        <Select
          label="Count"
          value={q.count}
          options={[
            ['users', 'People'],
            ['sessions', 'Sessions'],
            ['conversions', 'Conversions'],
          ]}
          onChange={(count) => change({ count })}
        />
        <Select
          label="Events at the same instant"
          value={q.ties}
          options={[
            ['any', 'may follow each other'],
            ['strict', 'do not follow each other'],
          ]}
          onChange={(ties) => change({ ties })}
        />
        <RangePicker range={q} onChange={change} />
      </form>
      <AnswerPanel
        answer={answer}
        meta={answer.data?.meta}
        request={request}
        csv={csv}
        empty={<p>Name two events on the left: how many go from the first to the second appears here.</p>}
      >
        {(funnel) => <FunnelBars funnel={funnel} />}
      </AnswerPanel>
    </div>
  );
}

function FunnelBars({ funnel }: { funnel: FunnelAnswer }) {
  const first = funnel.steps[0]?.count ?? 0;
  if (first === 0)
    return (
      <p class="empty">
        Nobody did the first step in this range. Choose a longer range or another first step.
      </p>
    );
  return (
    <>
      <h2>{formatPercent(funnel.conversion_rate)} go all the way</h2>
      <div class="funnel">
        {funnel.steps.map((step, index) => (
          <div key={step.index}>
            {index > 0 && (
              <p class="gap">
                {formatNumber(funnel.steps[index - 1]!.dropped)} left · median{' '}
                {formatSeconds(step.median_seconds)} · p90 {formatSeconds(step.p90_seconds)}
              </p>
            )}
            <div class="stage">
              <span>
                {index + 1}. {step.label}
              </span>
              <div class="track" role="img" aria-label={`${step.label}: ${step.count}`}>
                <div class="fill" style={{ width: `${(100 * step.count) / first}%` }} />
              </div>
              <span class="figures">
                <b>{formatNumber(step.count)}</b> <small>{formatPercent(step.conversion_from_first)}</small>
              </span>
            </div>
          </div>
        ))}
      </div>
    </>
  );
}
