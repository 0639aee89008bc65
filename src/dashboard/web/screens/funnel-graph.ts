/** Steps that branch: from a row of steps to a graph and back, and what taking a step away does to it. */
import type { AskedEdge, AskedExclusion, AskedFunnel, AskedStep } from './funnel-question.js';

type Graph = Pick<AskedFunnel, 'steps' | 'paths'>;

/** An id that no step has yet. */
function createId(steps: readonly AskedStep[]): string {
  let number = steps.length + 1;
  while (steps.some(({ id }) => id === `s${number}`)) number++;
  return `s${number}`;
}

/**
 * The row as a graph that lets the same pass: every alternative is a step of its own, after each of the step before; a step that
 * may be left out is gone around.
 */
export function branchSteps(row: readonly AskedStep[]): Graph {
  const layers = row.map(({ events, within: _, optional: _o, ...step }, i) =>
    events.map((event, j) => ({
      ...step,
      events: [event],
      id: `s${i + 1}_${j + 1}`,
      optional: false,
      within: '',
    })),
  );
  const paths: AskedEdge[] = layers.flatMap((layer, i) => {
    const before: AskedStep[] = [];
    for (let j = i - 1; j >= 0; j--) {
      before.unshift(...layers[j]!);
      if (!row[j]!.optional) break;
    }
    const within = row[i]!.within;
    return before.flatMap((from) => layer.map(({ id }) => ({ from: from.id!, to: id, within })));
  });
  return { steps: layers.flat(), paths };
}

/** Steps one after another, as they stand in the list. */
export const lineUp = (steps: readonly AskedStep[]): Graph => ({
  steps: steps.map(({ id: _, ...step }) => step),
  paths: null,
});

/** Places of an exclusion after a step is gone: a side that stood at it stands at what is left of the part. */
function renumberExclusion(one: AskedExclusion, gone: number): AskedExclusion {
  const shift = (text: string, isShifted: (number: number) => boolean): string =>
    text !== '' && isShifted(Number(text)) ? String(Number(text) - 1) : text;
  return { ...one, from: shift(one.from, (n) => n > gone), to: shift(one.to, (n) => n >= gone) };
}

/** What changes when the step at `index` goes: its edges go with it, exclusions keep their places. */
export function removeStep(
  { steps, exclusions }: Pick<AskedFunnel, 'steps' | 'exclusions'>,
  index: number,
): Pick<AskedFunnel, 'steps' | 'exclusions'> {
  return {
    steps: steps.filter((_, i) => i !== index),
    exclusions: exclusions.map((one) => renumberExclusion(one, index + 1)),
  };
}

/** Edges without those of a step. */
export const removeEdges = (paths: AskedFunnel['paths'], id: string | undefined): AskedFunnel['paths'] =>
  paths?.filter(({ from, to }) => from !== id && to !== id) ?? null;

/** A step more, at the end: of a graph, after the step that was last. */
export function addStep({ steps, paths }: Graph, step: AskedStep): Graph {
  if (!paths) return { steps: [...steps, step], paths };
  const id = createId(steps);
  const last = steps.at(-1)?.id;
  return {
    steps: [...steps, { ...step, id }],
    paths: last === undefined ? paths : [...paths, { from: last, to: id, within: '' }],
  };
}
