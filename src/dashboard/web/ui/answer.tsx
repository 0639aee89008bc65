/** The right half of every question: the answer, a line that says how it was got, and what can be done with it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Answer, formatCurl, type Meta, type Request } from '../api.js';
import { formatCount } from '../format.js';
import type { ViewKind } from '../views/view.js';
import { ExplainDialog } from './explain.js';
import { Empty } from './first-event.js';
import { Notices } from './notices.js';
import { type Cell, copyText, saveCsv, savePng } from './pictures.js';
import { PinDialog } from './pin.js';
import { ProblemNote } from './problem.js';
import { QuietButton } from './quiet-button.js';

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
  /** What the panel is, for those who cannot see it. */
  label?: string;
  /** What it takes before the answer is there, in pixels. */
  height?: number;
  /** Where an alert on this answer is made, when there can be one. */
  alertAddress?: string;
  empty: ComponentChildren;
  children: (data: T) => ComponentChildren;
}

export function AnswerPanel<T>(props: Props<T>) {
  const { answer, meta, empty, label, height = 280, children } = props;
  const { data, problem, pending } = answer;
  const drawn = useRef<HTMLDivElement>(null);
  return (
    <section
      class={`panel answer${pending && data !== undefined ? ' pending' : ''}`}
      aria-label={label}
      aria-busy={pending}
    >
      {problem && <ProblemNote problem={problem} />}
      {!problem &&
        data === undefined &&
        (pending ? <div class="skeleton" style={{ height: `${height}px` }} /> : <Empty>{empty}</Empty>)}
      {data !== undefined && meta?.warnings && <Notices label="Warnings" notices={meta.warnings} />}
      {data !== undefined && <div ref={drawn}>{children(data)}</div>}
      {data !== undefined && (
        <footer class="how">
          <span>{pending ? <Waiting>{describeMeta(meta)}</Waiting> : describeMeta(meta)}</span>
          <Buttons {...props} drawn={() => drawn.current} />
        </footer>
      )}
    </section>
  );
}

/** An answer that takes so long is said to be on its way. */
const PATIENCE_S = 5;

/** Says how long an answer has been waited for, once that is long; until then what it is given. */
function Waiting({ children }: { children?: ComponentChildren }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const since = Date.now();
    const timer = setInterval(() => setSeconds(Math.round((Date.now() - since) / 1_000)), 1_000);
    return () => clearInterval(timer);
  }, []);
  if (seconds < PATIENCE_S) return <>{children}</>;
  return (
    <>
      Being computed for {seconds} s. <a href="/health">Health</a> says whether every part works.
    </>
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

export function describeMeta(meta: Meta | undefined): string {
  if (!meta) return '';
  const parts = [
    meta.source && `from ${meta.source === 'raw' ? 'the raw events' : meta.source.replace(':', ' ')}`,
    meta.cache && meta.cache !== 'miss' && `kept in ${meta.cache}`,
    meta.elapsed_ms !== undefined && `${Math.round(meta.elapsed_ms)} ms`,
    meta.rows_read !== undefined && `${formatCount(meta.rows_read, 'row')} read`,
    meta.complete_through && `complete through ${meta.complete_through.slice(0, 16).replace('T', ' ')}`,
  ];
  return parts.filter(Boolean).join(' · ');
}
