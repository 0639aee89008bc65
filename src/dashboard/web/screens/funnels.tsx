import { useAnswer } from '../api.js';
import { useQuestion } from '../route.js';
import { AnswerPanel, type Request } from '../ui/answer.js';
import { useEventNames } from '../ui/catalogue.js';
import { lastDays, RangePicker, Select, TextInput } from '../ui/fields.js';
import { Question } from '../ui/question.js';
import type { FunnelAnswer } from '../views/funnel.js';
import { AnswerView } from '../views/views.js';

interface Asked {
  steps: string[];
  window: string;
  order: string;
  ties: string;
  count: string;
  from: string;
  to: string;
  timezone: string;
}

function buildRequest(q: Asked): Request | undefined {
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
  const [q, change] = useQuestion<Asked>({
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
    <Question
      ask={
        <>
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
        </>
      }
    >
      <AnswerPanel
        answer={answer}
        meta={answer.data?.meta}
        request={request}
        name="funnel"
        view="funnel"
        explains
        csv={csv}
        empty={<p>Name two events on the left: how many go from the first to the second appears here.</p>}
      >
        {(funnel) => <AnswerView kind="funnel" data={funnel} body={request?.body} />}
      </AnswerPanel>
    </Question>
  );
}
