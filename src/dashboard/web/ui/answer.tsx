/** The right half of every question: the answer, a line that says how it was got, and what can be done with it. */
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { type Answer, formatCurl, type Meta, type Request } from '../api.js';
import { formatNumber } from '../format.js';
import type { ViewKind } from '../views/view.js';
import { ExplainDialog } from './explain.js';
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
