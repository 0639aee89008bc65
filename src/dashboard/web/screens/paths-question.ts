/** What is asked on the paths screen, as the address keeps it, and the question it means. */
import { type Condition, readWhere, toWhere } from '../ui/where.js';
import { type Fields, readNames, readText } from './event-match.js';
import { keep, onlySaid } from './kept.js';

export interface AskedPaths {
  part: string;
  event: string;
  to_event: string;
  steps: number;
  limit: number;
  gap: string;
  collapse: boolean;
  exclude: string;
  where: Condition[];
  from: string;
  to: string;
  timezone: string;
  /** What is asked and has no field; it goes before what the form says. */
  kept?: Fields;
}

export const PARTS: readonly (readonly [part: string, text: string])[] = [
  ['whole', 'Visits from their beginning'],
  ['start', 'What follows an event'],
  ['end', 'What leads to an event'],
  ['around', 'Before and after an event'],
  ['between', 'From one event to another'],
];

/** The part of the visits that is followed, as the question says it; undefined while an event is missing. */
function composePart({ part, event, to_event, steps }: AskedPaths): object | undefined {
  if (part === 'whole') return { steps };
  if (event === '') return undefined;
  if (part === 'around') return { around: { event, before: steps, after: steps } };
  if (part === 'between')
    return to_event === '' ? undefined : { between: { from: event, to: to_event }, steps };
  return { [part]: event, steps };
}

/** The body; undefined while an event is missing. */
export function composePaths(asked: AskedPaths): Record<string, unknown> | undefined {
  const part = composePart(asked);
  if (part === undefined) return undefined;
  const { limit, gap, collapse, from, to, timezone, kept } = asked;
  const exclude = asked.exclude.split(',').flatMap((name) => name.trim() || []);
  return {
    ...part,
    limit,
    gap,
    collapse,
    ...(exclude.length > 0 ? { exclude } : {}),
    where: toWhere(asked.where),
    from,
    to,
    timezone,
    ...kept,
  };
}

/** What the interface takes for places that are not said. */
const AROUND_STEPS = 3;
const STEPS = 5;
const LIMIT = 8;

interface Part extends Partial<AskedPaths> {
  /** As many places before as after are all the form can say. */
  around?: unknown;
}

function readPart({ start, end, around, between }: Fields): Part {
  if (start !== undefined) return { part: 'start', event: String(start) };
  if (end !== undefined) return { part: 'end', event: String(end) };
  if (between !== undefined) {
    const { from, to } = between as Fields;
    return { part: 'between', event: String(from), to_event: String(to) };
  }
  if (around === undefined) return { part: 'whole' };
  const { event, before = AROUND_STEPS, after = AROUND_STEPS } = around as Fields;
  return {
    part: 'around',
    event: String(event),
    steps: Number(before),
    ...(before === after ? {} : { around }),
  };
}

/** A body as the form has it; what a body may leave out is what the interface takes for it. */
export function readPaths(body: Fields): Partial<AskedPaths> {
  const { start, end, around, between, steps, limit = LIMIT, ...more } = body;
  const { gap, collapse, exclude, where, from, to, timezone = 'UTC', ...rest } = more;
  const { around: keptAround, ...part } = readPart({ start, end, around, between });
  return {
    ...part,
    limit: Number(limit),
    gap: readText(gap) || '30m',
    collapse: collapse !== false,
    exclude: readNames(exclude).join(', '),
    where: readWhere(where),
    timezone: readText(timezone),
    steps: typeof steps === 'number' ? steps : (part.steps ?? STEPS),
    ...onlySaid({
      from: readText(from) || undefined,
      to: readText(to) || undefined,
    }),
    ...keep({ ...rest, around: keptAround }),
  };
}
