/**
 * Funnels that branch. `paths` lists edges between steps; a chain follows edges. A step that no edge leads to begins a path, one
 * that no edge leaves ends it. Every way from a beginning to an end is one route.
 */
import { refuseField } from '../request.js';

export interface Edge {
  readonly from: number;
  readonly to: number;
  /** Longest time along the edge; the target step's own `within` counts where an edge says none. */
  readonly withinMs: number | undefined;
}

export interface Graph {
  readonly edges: readonly Edge[];
  /** Steps of each path, in order. */
  readonly paths: readonly (readonly number[])[];
}

const MAX_EDGES = 400;
/** Every path is solved for every unit. */
const MAX_PATHS = 64;

interface RawEdge {
  readonly from: string;
  readonly to: string;
  readonly within?: number | undefined;
}

interface GraphStep {
  readonly id: string;
  readonly withinMs: number | undefined;
}

/** @throws RequestError 422 for an unknown id, a cycle, a step that no path passes, or too many paths */
export function readGraph(steps: readonly GraphStep[], raw: readonly RawEdge[]): Graph {
  if (raw.length > MAX_EDGES) throw refuseField('paths', `A graph has at most ${MAX_EDGES} edges.`);
  const ids = steps.map(({ id }) => id);
  const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index);
  if (twice >= 0) throw refuseField(`steps[${twice}].id`, `Two steps have the id "${ids[twice]}".`);
  const edges = raw.map((edge, index) => readEdge(edge, index, ids, steps));
  const seen = new Set<string>();
  for (const [index, { from, to }] of edges.entries()) {
    if (seen.has(`${from} ${to}`)) throw refuseField(`paths[${index}]`, 'This edge is there twice.');
    seen.add(`${from} ${to}`);
  }
  const alone = ids.findIndex((_, step) => !edges.some(({ from, to }) => from === step || to === step));
  if (alone >= 0) throw refuseField(`steps[${alone}]`, `No edge leads to or from the step "${ids[alone]}".`);
  refuseCycle(edges, ids);
  return { edges, paths: listPaths(edges, steps.length) };
}

function readEdge(edge: RawEdge, index: number, ids: readonly string[], steps: readonly GraphStep[]): Edge {
  const from = ids.indexOf(edge.from);
  const to = ids.indexOf(edge.to);
  if (from < 0) throw refuseField(`paths[${index}].from`, `No step has the id "${edge.from}".`);
  if (to < 0) throw refuseField(`paths[${index}].to`, `No step has the id "${edge.to}".`);
  return { from, to, withinMs: edge.within ?? steps[to]!.withinMs };
}

/** Takes away steps that no edge leads to until none is left; what stays lies on a cycle or behind one. */
function refuseCycle(edges: readonly Edge[], ids: readonly string[]): void {
  const left = new Set(ids.keys());
  for (;;) {
    const free = [...left].find((step) => !edges.some(({ from, to }) => to === step && left.has(from)));
    if (free === undefined) break;
    left.delete(free);
  }
  if (left.size === 0) return;
  const names = [...left].map((step) => `"${ids[step]}"`).join(', ');
  throw refuseField('paths', `The edges go round in a circle through ${names}; a path must come to an end.`);
}

function listPaths(edges: readonly Edge[], stepCount: number): number[][] {
  const next = Array.from({ length: stepCount }, (_, step) =>
    edges.filter(({ from }) => from === step).map(({ to }) => to),
  );
  const paths: number[][] = [];
  const walk = (path: number[]): void => {
    const following = next[path[path.length - 1]!]!;
    if (following.length === 0) paths.push(path);
    if (paths.length > MAX_PATHS)
      throw refuseField('paths', `The graph has more than ${MAX_PATHS} paths; leave some branches out.`);
    for (const step of following) walk([...path, step]);
  };
  for (let step = 0; step < stepCount; step++) if (!edges.some(({ to }) => to === step)) walk([step]);
  return paths;
}

/** Steps on the paths from `from` (undefined: their beginnings) to `to` (their ends), both included; empty when none leads there. */
export function listBetween(
  graph: Graph,
  from: number | undefined,
  to: number | undefined,
): ReadonlySet<number> {
  const between = new Set<number>();
  for (const path of graph.paths) {
    const start = from === undefined ? 0 : path.indexOf(from);
    const end = to === undefined ? path.length - 1 : path.indexOf(to);
    if (start >= 0 && end >= start) for (const step of path.slice(start, end + 1)) between.add(step);
  }
  return between;
}
