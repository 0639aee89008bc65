/** The picture of ways: what stands at each place and what follows what, with the rare folded into one. */

export interface PathLink {
  /** Place of the source, from 1. */
  step: number;
  source: string;
  /** "$end" when the visit ended there. */
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

/** Where a visit begins, among what came before an event. */
const START = '$start';

/** Names at each place, most visits first: a place's name comes in as the target of the place before, or ways begin with it. */
function countNodes(links: readonly PathLink[]): Map<string, number> {
  const nodes = new Map<string, number>();
  const add = (key: string, visits: number): void => void nodes.set(key, (nodes.get(key) ?? 0) + visits);
  for (const { step, source, target, visits } of links) {
    if (step === 1 || source === START) add(`${step} ${source}`, visits);
    if (target !== '') add(`${step + 1} ${target}`, visits);
  }
  return nodes;
}

/** Folds what is not among the `limit` most visited of its place into "$other". Pure. */
export function foldLinks(links: readonly PathLink[], limit: number): Picture {
  const all = [...countNodes(links)].map(([key, visits]) => {
    const step = Number(key.slice(0, key.indexOf(' ')));
    return { step, event: key.slice(key.indexOf(' ') + 1), visits };
  });
  all.sort((a, b) => a.step - b.step || b.visits - a.visits || (a.event < b.event ? -1 : 1));
  const places = new Map<number, number>();
  const kept = new Set<string>();
  const nodes: PathNode[] = [];
  for (const node of all) {
    const rank = places.get(node.step) ?? 0;
    places.set(node.step, rank + 1);
    if (rank < limit) {
      kept.add(`${node.step} ${node.event}`);
      nodes.push({ ...node });
      continue;
    }
    const other = nodes.at(-1)!;
    if (other.step === node.step && other.event === '$other') other.visits += node.visits;
    else nodes.push({ ...node, event: '$other' });
  }
  const name = (step: number, event: string): string =>
    event === '' ? '$end' : kept.has(`${step} ${event}`) ? event : '$other';
  const folded = new Map<string, PathLink>();
  for (const link of links) {
    const source = name(link.step, link.source);
    const target = name(link.step + 1, link.target);
    const key = JSON.stringify([link.step, source, target]);
    const before = folded.get(key);
    if (before) before.visits += link.visits;
    else folded.set(key, { step: link.step, source, target, visits: link.visits });
  }
  return { nodes, links: [...folded.values()].sort((a, b) => a.step - b.step || b.visits - a.visits) };
}
