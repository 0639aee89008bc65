/**
 * Paths: the most common ways from event to event. A person's events are cut into visits where nothing happened for longer than
 * `gap`; of each visit the way from its first event, or from the first `start`, or up to the first `end`, or from one event to
 * another or to where the visit ends without it (`between`), or on both sides of each occurrence of an event (`around`), is
 * followed for `steps` places. What is rare at its place is folded into "$other", so that the picture stays readable; "$end" is
 * leaving, "$start" coming.
 */
import { RequestError } from '../../errors.js';
import type { QueryContext } from '../context.js';
import { type Explanation, explainStatements } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import type { EventScope } from '../people.js';
import { estimateStatements, refuseOverLimit, runStatement, type Statement } from '../run.js';
import { foldLinks, MARKS, type PathLink, type Picture } from './fold-links.js';
import { EVENTS_PER_PERSON_MAX, LINKS_MAX, printLinks, printTop, printTruncated } from './print.js';
import { type PathsQuestion, readPathsQuestion } from './request.js';

export interface PathsAnswer extends Picture {
  readonly ways: readonly {
    readonly events: readonly string[];
    readonly visits: number;
    readonly users: number;
  }[];
  /** `truncated_people`: of how many only the earliest EVENTS_PER_PERSON_MAX events were looked at. */
  readonly meta: Meta & { readonly truncated_people: number };
}

/** Links as they are told: what a way does not go on from has none, and the end is "$end" where the statement has no next event, too. */
function readLinks({ part }: PathsQuestion, rows: readonly PathLink[]): PathLink[] {
  const links = rows.map((row) => ({ ...row, step: Number(row.step), visits: Number(row.visits) }));
  const goesOn = ({ step, source, target }: PathLink): boolean =>
    part.kind !== 'between' || (source !== MARKS.end && !(target === '' && source === part.end && step > 1));
  return links.filter(goesOn).map((link) => (link.target === '' ? { ...link, target: MARKS.end } : link));
}

/** Around an event places are counted from it: before it they are negative. */
function countFromAnchor({ part }: PathsQuestion, { nodes, links }: Picture): Picture {
  if (part.kind !== 'around') return { nodes, links };
  const move = <T extends { step: number }>(one: T): T => ({ ...one, step: one.step - part.before - 1 });
  return { nodes: nodes.map(move), links: links.map(move) };
}

/** What it runs: the picture, the most common ways, and how many people are not looked at whole. */
const printStatements = (question: PathsQuestion, scope: EventScope) =>
  [printLinks(question, scope), printTop(question, scope), printTruncated(question, scope)] as const;

/** How many people have more events than are looked at: nobody has more than were read. */
async function countTruncated(context: QueryContext, statement: Statement, eventsRead: number) {
  if (eventsRead <= EVENTS_PER_PERSON_MAX) return { people: 0, rowsRead: 0 };
  const { rows, rowsRead } = await runStatement<{ people: number }>(context, statement);
  return { people: Number(rows[0]!.people), rowsRead };
}

/** Answers `POST /v1/analytics/paths`. @throws RequestError 422, EngineError */
export async function answerPaths(context: QueryContext, input: unknown): Promise<PathsAnswer> {
  const startedMs = performance.now();
  const question = readPathsQuestion(input);
  const statements = printStatements(question, context);
  refuseOverLimit(context, await estimateStatements(context, statements));
  const links = await runStatement<PathLink>(context, statements[0]);
  if (links.rows.length > LINKS_MAX)
    throw new RequestError(
      422,
      'too_many_links',
      `The ways have more than ${LINKS_MAX} different links. Name events, exclude some or ask for fewer steps.`,
    );
  const top = await runStatement<{ way: string[]; visits: number; users: number }>(context, statements[1]);
  const truncated = await countTruncated(context, statements[2], links.rowsRead);
  const rowsRead = links.rowsRead + top.rowsRead + truncated.rowsRead;
  return {
    ...countFromAnchor(question, foldLinks(readLinks(question, links.rows), question.limit)),
    ways: top.rows.map(({ way, visits, users }) => ({
      events: way,
      visits: Number(visits),
      users: Number(users),
    })),
    meta: {
      ...createMeta(startedMs, rowsRead, await findNewestReceipt(context)),
      truncated_people: truncated.people,
    },
  };
}

/** @throws RequestError 422, EngineError */
export function explainPaths(context: QueryContext, input: unknown): Promise<Explanation> {
  const question = readPathsQuestion(input);
  return explainStatements(context, printStatements(question, context), {
    strategy: 'visits',
    part: question.part.kind,
    events_per_person_max: EVENTS_PER_PERSON_MAX,
  });
}
