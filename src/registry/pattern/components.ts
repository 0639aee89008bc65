/** The strongly connected components of a graph: `of[node]` is the component's number, from 0. */
export interface Components {
  of: Int32Array;
  count: number;
}

/** Tarjan's algorithm, without recursion: graphs here are deeper than the stack. Time and memory linear in the edges. */
export function findComponents(size: number, edgesOf: (node: number) => readonly number[]): Components {
  const of = new Int32Array(size).fill(-1);
  const order = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const open: number[] = [];
  const path: { node: number; next: number }[] = [];
  let visited = 0;
  let count = 0;

  const enter = (node: number): void => {
    order[node] = low[node] = visited++;
    open.push(node);
    path.push({ node, next: 0 });
  };

  const leave = (node: number): void => {
    path.pop();
    const parent = path.at(-1)?.node;
    if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!);
    if (low[node] !== order[node]) return;
    for (;;) {
      const member = open.pop()!;
      of[member] = count;
      if (member === node) break;
    }
    count++;
  };

  for (let root = 0; root < size; root++) {
    if (order[root] !== -1) continue;
    enter(root);
    while (path.length > 0) {
      const frame = path.at(-1)!;
      const edges = edgesOf(frame.node);
      if (frame.next === edges.length) {
        leave(frame.node);
        continue;
      }
      const target = edges[frame.next++]!;
      if (order[target] === -1) enter(target);
      else if (of[target] === -1) low[frame.node] = Math.min(low[frame.node]!, order[target]!);
    }
  }
  return { of, count };
}
