/** What a unit did in a graph, beside the steps it reached: the edges it took, and where it stayed. */
import type { Outcome } from './chain-search.js';
import type { Graph } from './graph.js';
import type { Program } from './program.js';

export interface GraphOutcome {
  /** 1 for each edge that a chain of the unit ends with. */
  readonly edges: Uint8Array;
  /** 1 for each step that the unit reached and left along none of its edges. Never for a step without: it ends its paths. */
  readonly dropped: Uint8Array;
  /** 1 for each step that an edge leads to from a step the unit reached. */
  readonly before: Uint8Array;
}

/** Reads outcomes of a graph. What is returned is overwritten by the next. */
export function createGraphReader(graph: Graph, program: Program): (outcome: Outcome) => GraphOutcome {
  const routeEdges = program.routes.map(({ steps }) =>
    steps
      .slice(1)
      .map((to, position) =>
        graph.edges.findIndex((edge) => edge.from === steps[position] && edge.to === to),
      ),
  );
  const goesOn = Uint8Array.from({ length: program.stepCount }, (_, step) =>
    graph.edges.some(({ from }) => from === step) ? 1 : 0,
  );
  const edges = new Uint8Array(graph.edges.length);
  const dropped = new Uint8Array(program.stepCount);
  const before = new Uint8Array(program.stepCount);
  return ({ reached, routeLevels }) => {
    edges.fill(0);
    before.fill(0);
    for (let step = 0; step < program.stepCount; step++) dropped[step] = reached[step]! & goesOn[step]!;
    for (const [route, path] of routeEdges.entries())
      for (let position = 0; position + 1 < routeLevels[route]!; position++) edges[path[position]!] = 1;
    for (const [edge, { from, to }] of graph.edges.entries()) {
      if (edges[edge] === 1) dropped[from] = 0;
      if (reached[from] === 1) before[to] = 1;
    }
    return { edges, dropped, before };
  };
}
