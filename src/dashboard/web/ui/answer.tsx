/** The right half of every question: the answer, a line that says how it was got, and what can be done with it. */
import type { ComponentChildren } from 'preact';
import { type Answer, formatCurl, type Problem } from '../api.js';
import { formatNumber } from '../format.js';

export interface Meta {
  source?: string;
  cache?: string;
  elapsed_ms?: number;
  rows_read?: number;
  complete_through?: string | null;
}

export function ProblemNote({ problem }: { problem: Problem }) {
  return (
    <div class="problem" role="alert">
      <h2>{problem.title || `Answer ${problem.status}`}</h2>
      <p>{problem.detail}</p>
      {problem.errors.length > 0 && (
        <ul>
          {problem.errors.map((error) => (
            <li key={`${error.path} ${error.code}`}>
              <code>{error.path}</code> {error.message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

type Cell = string | number | boolean | null;

interface Props<T> {
  answer: Answer<T>;
  meta: Meta | undefined;
  request: { path: string; body?: unknown } | undefined;
  /** Rows for the CSV button, header first. */
  csv?: () => Cell[][];
  empty: ComponentChildren;
  children: (data: T) => ComponentChildren;
}

const copy = (text: string): Promise<void> => navigator.clipboard.writeText(text);

function download(name: string, rows: readonly (readonly Cell[])[]): void {
  const quote = (cell: Cell): string =>
    cell === null
      ? ''
      : /[",\n]/.test(String(cell))
        ? `"${String(cell).replaceAll('"', '""')}"`
        : String(cell);
  const url = URL.createObjectURL(
    new Blob([rows.map((row) => row.map(quote).join(',')).join('\n')], { type: 'text/csv' }),
  );
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}

export function AnswerPanel<T>({ answer, meta, request, csv, empty, children }: Props<T>) {
  const { data, problem, pending } = answer;
  return (
    <section class={`panel answer${pending && data !== undefined ? ' pending' : ''}`} aria-busy={pending}>
      {problem && <ProblemNote problem={problem} />}
      {!problem &&
        data === undefined &&
        (pending ? <div class="skeleton" style={{ height: '280px' }} /> : <div class="empty">{empty}</div>)}
      {data !== undefined && children(data)}
      {data !== undefined && (
        <footer class="how">
          <span>{describeMeta(meta)}</span>
          <span class="buttons">
            {request && (
              <button
                type="button"
                class="quiet"
                onClick={() => copy(formatCurl(request.path, request.body))}
              >
                Copy curl
              </button>
            )}
            <button type="button" class="quiet" onClick={() => copy(location.href)}>
              Copy link
            </button>
            {csv && (
              <button type="button" class="quiet" onClick={() => download('weir.csv', csv())}>
                CSV
              </button>
            )}
          </span>
        </footer>
      )}
    </section>
  );
}

function describeMeta(meta: Meta | undefined): string {
  if (!meta) return '';
  const parts = [
    meta.source && `from ${meta.source === 'raw' ? 'the raw events' : meta.source.replace(':', ' ')}`,
    meta.elapsed_ms !== undefined && `${Math.round(meta.elapsed_ms)} ms`,
    meta.rows_read !== undefined && `${formatNumber(meta.rows_read)} rows read`,
    meta.complete_through && `complete through ${meta.complete_through.slice(0, 16).replace('T', ' ')}`,
  ];
  return parts.filter(Boolean).join(' · ');
}
