/**
 * What the server says of a question: mistakes of one that was refused (`errors[]`), warnings of one that was answered
 * (`meta.warnings`), and both of a metric's text. All stand above the answer; those about a field of the form stand beside it too.
 */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Answer, Notice } from '../api.js';

/** What the forms call some fields; others are called as they are. */
const WORDS: Readonly<Record<string, string>> = {
  steps: 'step',
  events: 'event',
  exclusions: 'exclusion',
  goals: 'goal',
  breakdown: 'split',
  where: 'condition',
  start: 'the event that starts',
  return: 'the event of coming back',
  exposure: 'the event that shows a variant',
  within: 'at most so long after',
};
/** Said by what they stand in. */
const IMPLIED = new Set(['event', 'any_of', 'and', 'or', 'not']);

/** A path in words: "steps[1].where[0].value" is "step 2, condition 1, value". */
function describePath(path: string): string {
  const parts = path.split('.').flatMap((part) => {
    const [, name = part, index] = /^([^[]*)(?:\[(\d+)\])?/.exec(part) ?? [];
    if (IMPLIED.has(name)) return [];
    const word = WORDS[name] ?? name.replaceAll('_', ' ');
    return [index === undefined ? word : `${word} ${Number(index) + 1}`];
  });
  const [first = '', ...rest] = parts.length > 0 ? parts : ['event'];
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(', ');
}

const placeOf = ({ path, line, column }: Notice): string =>
  line !== undefined ? `${line}:${column}` : path === '' ? '' : describePath(path);

/** All of them, each with the place it is about. */
export const Notices = ({ label, notices }: { label: string; notices: readonly Notice[] }) => (
  <ul class={label === 'Warnings' ? 'problems warnings' : 'problems'} aria-label={label}>
    {notices.map((notice) => (
      <li
        key={`${notice.path} ${notice.line} ${notice.column} ${notice.code} ${notice.message}`}
        class={notice.severity}
        title={notice.path}
      >
        {placeOf(notice) && <b>{placeOf(notice)}: </b>}
        {notice.message} {notice.hint}
      </li>
    ))}
  </ul>
);

/** What is said of the question that a form asks. */
export const Said = createContext<readonly Notice[]>([]);

/** Mistakes and warnings of an answer. */
export const listNotices = ({
  data,
  problem,
}: Answer<{ meta: { warnings?: readonly Notice[] } }>): readonly Notice[] =>
  problem
    ? problem.errors.map((error) => ({ ...error, severity: 'error' }))
    : (data?.meta.warnings ?? []).map((warning) => ({ ...warning, severity: 'warning' }));

const isAbout = (path: string, field: string): boolean =>
  path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);

/** What is said of some fields, or of what is in them. */
export function useNotices(fields: readonly string[]): readonly Notice[] {
  return useContext(Said).filter(({ path }) => fields.some((field) => isAbout(path, field)));
}

/** Beside a control, which names it by its id. */
export const Beside = ({ notices, id }: { notices: readonly Notice[]; id?: string }) =>
  notices.length === 0 ? null : (
    <span class="beside" id={id}>
      {notices.map(({ path, severity, message, hint }) => (
        <span key={`${path} ${message}`} class={severity}>
          {message} {hint}
        </span>
      ))}
    </span>
  );

/** Beside a group of controls. */
export const BesideFields = ({ fields }: { fields: readonly string[] }) => (
  <Beside notices={useNotices(fields)} />
);
