/**
 * Paths: the most common ways from event to event. A person's events are cut into visits where nothing happened for longer than
 * `gap`; of each visit the way from its first event, or from the first `start`, or up to the first `end`, or from one event to
 * another or to where the visit ends without it (`between`), or on both sides of each occurrence of an event (`around`), is
 * followed for `steps` places. What is rare at its place is folded into "$other", so that the picture stays readable; "$end" is
 * leaving, "$start" coming.
 */
import type { QueryContext } from '../context.js';
import { type Explanation, explainStatements } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import { estimateStatement, refuseOverLimit, runStatement } from '../run.js';
import { foldLinks, type PathLink, type Picture } from './fold-links.js';
import { EVENTS_PER_PERSON_MAX, printLinks, printTop } from './print.js';
import { type PathsQuestion, readPathsQuestion } from './request.js';

export interface PathsAnswer extends Picture {
  readonly ways: readonly {
    readonly events: readonly string[];
    readonly visits: number;
    readonly users: number;
  }[];
  readonly meta: Meta;
}

const END = '$end';

/** Links as they are told: what a way does not go on from has none, and "$end" is the end also where the statement wrote it. */
function readLinks({ part }: PathsQuestion, rows: readonly PathLink[]): PathLink[] {
  const links = rows.map((row) => ({ ...row, step: Number(row.step), visits: Number(row.visits) }));
  if (part.kind !== 'between') return links;
  return links
    .filter(
      ({ step, source, target }) => source !== END && !(target === '' && source === part.end && step > 1),
    )
    .map((link) => (link.target === END ? { ...link, target: '' } : link));
}

/** Around an event places are counted from it: before it they are negative. */
function countFromAnchor({ part }: PathsQuestion, { nodes, links }: Picture): Picture {
  if (part.kind !== 'around') return { nodes, links };
  const move = <T extends { step: number }>(one: T): T => ({ ...one, step: one.step - part.before - 1 });
  return { nodes: nodes.map(move), links: links.map(move) };
}

/** Answers `POST /v1/analytics/paths`. @throws RequestError 422, EngineError */
export async function answerPaths(context: QueryContext, input: unknown): Promise<PathsAnswer> {
  const startedMs = performance.now();
  const question = readPathsQuestion(input);
  const statement = printLinks(question, context);
  refuseOverLimit(context, await estimateStatement(context, statement));
  const links = await runStatement<PathLink>(context, statement);
  const top = await runStatement<{ way: string[]; visits: number; users: number }>(
    context,
    printTop(question, context),
  );
  return {
    ...countFromAnchor(question, foldLinks(readLinks(question, links.rows), question.limit)),
    ways: top.rows.map(({ way, visits, users }) => ({
      events: way,
      visits: Number(visits),
      users: Number(users),
    })),
    meta: createMeta(startedMs, links.rowsRead + top.rowsRead, await findNewestReceipt(context)),
  };
}

/** @throws RequestError 422, EngineError */
export function explainPaths(context: QueryContext, input: unknown): Promise<Explanation> {
  const question = readPathsQuestion(input);
  const statements = [printLinks(question, context), printTop(question, context)];
  return explainStatements(context, statements, {
    strategy: 'visits',
    part: question.part.kind,
    events_per_person_max: EVENTS_PER_PERSON_MAX,
  });
}
