/**
 * The picture of ways: what stands at each place and what follows what, with the rare folded into one. Each end of a link is a node,
 * the ends of ways too; a node is visited as often as the links to it say, or, where ways begin, those from it.
 */

export interface PathLink {
  /** Place of the source, from 1. */
  step: number;
  source: string;
  target: string;
  visits: number;
}

export interface PathNode {
  step: number;
  event: string;
  visits: number;
}

export interface Picture {
  readonly nodes: readonly PathNode[];
  readonly links: readonly PathLink[];
}

/** How ways begin and end. What a place of that name is, no event tells: they are told apart however rare they are. */
export const MARKS = { start: '$start', end: '$end', next: '$next', more: '$more' } as const;
const MARKED: ReadonlySet<string> = new Set(Object.values(MARKS));
const OTHER = '$other';

const keyOf = (step: number, event: string): string => `${step} ${event}`;

/** Names at each place: a place's name comes in as the target of the place before, or ways begin with it. */
function listNodes(links: readonly PathLink[]): PathNode[] {
  const nodes = new Map<string, PathNode>();
  const add = (step: number, event: string, visits: number): void => {
    const known = nodes.get(keyOf(step, event));
    if (known) known.visits += visits;
    else nodes.set(keyOf(step, event), { step, event, visits });
  };
  for (const { step, source, target, visits } of links) {
    if (step === 1 || source === MARKS.start) add(step, source, visits);
    add(step + 1, target, visits);
  }
  return [...nodes.values()];
}

/** Events before what was folded, and that before how ways begin and end. */
const groupOf = ({ event }: PathNode): number => (MARKED.has(event) ? 2 : event === OTHER ? 1 : 0);

const compareNodes = (a: PathNode, b: PathNode): number =>
  a.step - b.step || groupOf(a) - groupOf(b) || b.visits - a.visits || (a.event < b.event ? -1 : 1);

/** The names of each place that are told apart: the `limit` most visited, and MARKS. */
function chooseNames(nodes: readonly PathNode[], limit: number): Set<string> {
  const ranks = new Map<number, number>();
  const chosen = new Set<string>();
  for (const { step, event } of nodes) {
    const rank = ranks.get(step) ?? 0;
    if (!MARKED.has(event)) ranks.set(step, rank + 1);
    if (MARKED.has(event) || rank < limit) chosen.add(keyOf(step, event));
  }
  return chosen;
}

/** Folds what is not among the `limit` most visited of its place into "$other". Pure. */
export function foldLinks(links: readonly PathLink[], limit: number): Picture {
  const chosen = chooseNames(listNodes(links).sort(compareNodes), limit);
  const name = (step: number, event: string): string => (chosen.has(keyOf(step, event)) ? event : OTHER);
  const folded = new Map<string, PathLink>();
  for (const link of links) {
    const source = name(link.step, link.source);
    const target = name(link.step + 1, link.target);
    const key = JSON.stringify([link.step, source, target]);
    const before = folded.get(key);
    if (before) before.visits += link.visits;
    else folded.set(key, { step: link.step, source, target, visits: link.visits });
  }
  const told = [...folded.values()].sort((a, b) => a.step - b.step || b.visits - a.visits);
  return { nodes: listNodes(told).sort(compareNodes), links: told };
}
