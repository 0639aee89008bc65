/** Who reached a step or left after it, why in the case of one person, and what they have in common. */
import { useEffect, useState } from 'preact/hooks';
import { ApiError, callApi, type Meta, type Problem, useAnswer } from '../api.js';
import { formatNumber, formatPercent, formatTime } from '../format.js';
import { addressOf, navigate } from '../route.js';
import { AnswerPanel } from '../ui/answer.js';
import { useCall } from '../ui/call.js';
import { DataTable } from '../ui/data-table.js';
import { Dialog } from '../ui/dialog.js';
import { TextInput } from '../ui/fields.js';
import type { Cell } from '../ui/pictures.js';
import { ProblemNote } from '../ui/problem.js';
import type { FunnelPick } from '../views/funnel.js';

type Question = Readonly<Record<string, unknown>>;

interface Member {
  user_id: string;
  session_id?: string;
}

const FUNNELS = '/v1/analytics/funnels';
const PAGE_LENGTH = 50;

/** Fields of an answer that say how it is drawn; the routes of people do not know them. */
function toPeopleQuestion(question: Question): Question {
  const { breakdown: _b, attribution: _a, compare: _c, grain: _g, ...rest } = question;
  return rest;
}

interface PeopleProps {
  question: Question;
  pick: FunnelPick;
  label: string;
  onClose: () => void;
}

export function FunnelPeople({ question, pick, label, onClose }: PeopleProps) {
  const asked = { ...toPeopleQuestion(question), ...pick, limit: PAGE_LENGTH };
  const [members, setMembers] = useState<readonly Member[]>();
  const [cursor, setCursor] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem>();
  const [explained, setExplained] = useState<string>();
  const read = async (after: string | null): Promise<void> => {
    try {
      const page = await callApi<{ data: Member[]; next_cursor: string | null }>(`${FUNNELS}/users`, {
        body: { ...asked, ...(after === null ? {} : { cursor: after }) },
      });
      setMembers((old) => [...(after === null ? [] : (old ?? [])), ...page.data]);
      setCursor(page.next_cursor);
      setProblem(undefined);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.problem);
    }
  };
  useEffect(() => {
    read(null);
  }, [JSON.stringify(asked)]);
  return (
    <section class="panel" aria-label={label}>
      <header class="head">
        <h2>{label}</h2>
        <button type="button" class="quiet" aria-label="Close the list" onClick={onClose}>
          ×
        </button>
      </header>
      {problem && <ProblemNote problem={problem} />}
      <ul class="list">
        {members?.map(({ user_id, session_id }) => (
          <li key={`${user_id} ${session_id ?? ''}`}>
            <a href={addressOf('people', undefined, user_id)}>{user_id}</a>
            <button type="button" class="quiet" onClick={() => setExplained(user_id)}>
              Explain this user
            </button>
          </li>
        ))}
      </ul>
      {members?.length === 0 && <p class="empty">Nobody.</p>}
      {cursor !== null && (
        <button type="button" onClick={() => read(cursor)}>
          Show more
        </button>
      )}
      <SaveCohort question={question} pick={pick} label={label} />
      {explained !== undefined && (
        <ExplainUser question={question} userId={explained} onClose={() => setExplained(undefined)} />
      )}
    </section>
  );
}

function SaveCohort({ question, pick, label }: Omit<PeopleProps, 'onClose'>) {
  const [name, setName] = useState(label);
  const [problem, run] = useCall();
  const save = (event: Event): Promise<void> => {
    event.preventDefault();
    return run(async () => {
      const { id } = await callApi<{ id: string }>(`${FUNNELS}/users/cohort`, {
        body: { ...toPeopleQuestion(question), ...pick, name },
      });
      navigate(addressOf('cohorts', undefined, id));
    });
  };
  return (
    <form class="row next" onSubmit={save}>
      <TextInput label="Name of the cohort" hidden value={name} onChange={setName} />
      <button type="submit" disabled={name.trim() === ''}>
        Save as a cohort
      </button>
      {problem && <ProblemNote problem={problem} />}
    </form>
  );
}

interface ExplainedEvent {
  event_id: string;
  event: string;
  timestamp: string;
}

interface Explained {
  chains: {
    session_id?: string;
    complete: boolean;
    steps: {
      index: number;
      label: string;
      event: ExplainedEvent | null;
      reason: { code: string; message: string } | null;
    }[];
  }[];
}

function ExplainUser({
  question,
  userId,
  onClose,
}: {
  question: Question;
  userId: string;
  onClose: () => void;
}) {
  const body = { ...toPeopleQuestion(question), user_id: userId };
  const { data, problem } = useAnswer<Explained>({ path: `${FUNNELS}/explain`, body });
  return (
    <Dialog title={`What the funnel made of ${userId}`} onClose={onClose}>
      {problem && <ProblemNote problem={problem} />}
      {!data && !problem && <div class="skeleton" style={{ height: '160px' }} />}
      {data?.chains.map((chain, i) => (
        <ol class="chain" key={chain.session_id ?? i}>
          {chain.steps.map((step) => (
            <li key={step.index}>
              <b>{step.label}</b>{' '}
              {step.event
                ? `${step.event.event} at ${formatTime(step.event.timestamp)}`
                : (step.reason?.message ?? 'not reached')}
            </li>
          ))}
        </ol>
      ))}
    </Dialog>
  );
}

interface Factors {
  factors: {
    kind: string;
    name: string;
    value?: unknown;
    units: number;
    conversion_rate: number;
    lift: number | null;
    q_value: number;
    significant: boolean;
  }[];
  meta: Meta;
}

const FACTOR_COLUMNS = [
  { name: 'Factor' },
  { name: 'With it', number: true },
  { name: 'Convert', number: true },
  { name: 'Lift', number: true },
  { name: 'q', number: true },
];
const FACTORS_HEIGHT = 240;

const listFactors = ({ factors }: Factors): Cell[][] =>
  factors.map(({ kind, name, value, units, conversion_rate, lift, q_value }) => [
    kind === 'event' ? `did ${name}` : `${name} is ${String(value ?? '(none)')}`,
    units,
    conversion_rate,
    lift,
    q_value,
  ]);

export function FunnelFactors({ question }: { question: Question }) {
  const request = { path: `${FUNNELS}/factors`, body: toPeopleQuestion(question) };
  const answer = useAnswer<Factors>(request);
  return (
    <AnswerPanel
      answer={answer}
      meta={answer.data?.meta}
      request={request}
      name="what goes with converting"
      label="What goes with converting"
      height={FACTORS_HEIGHT}
      explains
      csv={() => [FACTOR_COLUMNS.map(({ name }) => name), ...(answer.data ? listFactors(answer.data) : [])]}
      empty={null}
    >
      {(data) => (
        <>
          <h2>What goes with converting</h2>
          <DataTable
            label="Factors"
            columns={FACTOR_COLUMNS}
            rows={listFactors(data)}
            format={(cell, column) => {
              if (typeof cell !== 'number') return String(cell ?? '–');
              if (column === 2) return formatPercent(cell);
              return column === 1 ? formatNumber(cell) : cell.toPrecision(2);
            }}
          />
          <p class="muted under">
            A factor goes with converting; it need not be the cause. q is the p-value adjusted for the number
            of factors tried.
          </p>
        </>
      )}
    </AnswerPanel>
  );
}
