/** The right half of every question: the answer, a line that says how it was got, and what can be done with it. */
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { type Answer, formatCurl } from '../api.js';
import { formatNumber } from '../format.js';
import type { ViewKind } from '../views/views.js';
import { ExplainDialog } from './explain.js';
import { type Cell, copyText, saveCsv, savePng } from './pictures.js';
import { PinDialog } from './pin.js';
import { ProblemNote } from './problem.js';

export interface Meta {
  source?: string;
  cache?: string;
  elapsed_ms?: number;
  rows_read?: number;
  complete_through?: string | null;
}

export interface Request {
  path: string;
  body?: Readonly<Record<string, unknown>>;
}

interface Props<T> {
  answer: Answer<T>;
  meta: Meta | undefined;
  request: Request | undefined;
  /** What the files and a tile are called. */
  name: string;
  /** How a tile on a dashboard draws this answer; without it there is no pin. */
  view?: ViewKind;
  /** The route takes `?explain=1`. */
  explains?: boolean;
  /** Rows for the CSV button, header first. */
  csv?: () => Cell[][];
  /** Where an alert on this answer is made, when there can be one. */
  alertAddress?: string;
  empty: ComponentChildren;
  children: (data: T) => ComponentChildren;
}

export function AnswerPanel<T>(props: Props<T>) {
  const { answer, meta, empty, children } = props;
  const { data, problem, pending } = answer;
  const drawn = useRef<HTMLDivElement>(null);
  return (
    <section class={`panel answer${pending && data !== undefined ? ' pending' : ''}`} aria-busy={pending}>
      {problem && <ProblemNote problem={problem} />}
      {!problem &&
        data === undefined &&
        (pending ? <div class="skeleton" style={{ height: '280px' }} /> : <div class="empty">{empty}</div>)}
      {data !== undefined && <div ref={drawn}>{children(data)}</div>}
      {data !== undefined && (
        <footer class="how">
          <span>{describeMeta(meta)}</span>
          <Buttons {...props} drawn={() => drawn.current} />
        </footer>
      )}
    </section>
  );
}

function Buttons<T>({
  request,
  name,
  view,
  explains = false,
  csv,
  alertAddress,
  drawn,
}: Props<T> & { drawn: () => HTMLElement | null }) {
  const [open, setOpen] = useState<'explain' | 'pin'>();
  const close = (): void => setOpen(undefined);
  return (
    <span class="buttons">
      {request && (
        <QuietButton text="Copy curl" onClick={() => copyText(formatCurl(request.path, request.body))} />
      )}
      {request && explains && <QuietButton text="SQL and cost" onClick={() => setOpen('explain')} />}
      <QuietButton text="Copy link" onClick={() => copyText(location.href)} />
      {csv && <QuietButton text="CSV" onClick={() => saveCsv(name, csv())} />}
      <QuietButton
        text="PNG"
        onClick={() => {
          const element = drawn();
          if (element) return savePng(name, element);
        }}
      />
      {request && view && <QuietButton text="Pin" onClick={() => setOpen('pin')} />}
      {alertAddress && (
        <a class="quiet" href={alertAddress}>
          Alert me
        </a>
      )}
      {open === 'explain' && request && <ExplainDialog request={request} onClose={close} />}
      {open === 'pin' && request && view && (
        <PinDialog tile={{ title: name, view, ...request }} onClose={close} />
      )}
    </span>
  );
}

/** A button that says for a moment that it has done what it says. */
export function QuietButton({ text, onClick }: { text: string; onClick: () => void | Promise<void> }) {
  const [state, setState] = useState<'' | 'done' | 'failed'>('');
  const run = async (): Promise<void> => {
    try {
      await onClick();
      setState('done');
    } catch {
      setState('failed');
    }
    setTimeout(() => setState(''), 1_500);
  };
  return (
    <button type="button" class="quiet" onClick={run}>
      {text}
      <span aria-live="polite">
        {state === 'done' ? ' ✓' : state === 'failed' ? ' (refused by the browser)' : ''}
      </span>
    </button>
  );
}

export function describeMeta(meta: Meta | undefined): string {
  if (!meta) return '';
  const parts = [
    meta.source && `from ${meta.source === 'raw' ? 'the raw events' : meta.source.replace(':', ' ')}`,
    meta.cache && meta.cache !== 'miss' && `kept in ${meta.cache}`,
    meta.elapsed_ms !== undefined && `${Math.round(meta.elapsed_ms)} ms`,
    meta.rows_read !== undefined && `${formatNumber(meta.rows_read)} rows read`,
    meta.complete_through && `complete through ${meta.complete_through.slice(0, 16).replace('T', ' ')}`,
  ];
  return parts.filter(Boolean).join(' · ');
}
