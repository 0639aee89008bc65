/**
 * Minimises a smooth function of a few unconstrained variables: Nelder-Mead (Nelder and Mead 1965, with the standard
 * coefficients 1, 2, 1/2, 1/2), restarted from its own answer until a restart no longer improves it. It needs no
 * derivatives, which for these likelihoods would be digamma sums, and the models have four parameters at most.
 */

export interface Minimum {
  at: number[];
  value: number;
  evaluations: number;
  /** False when EVALUATIONS_MAX ran out first. */
  converged: boolean;
}

const EVALUATIONS_MAX = 20_000;
const RESTARTS_MAX = 12;
/** Edge of the first simplex; variables are logarithms of parameters, so this is a factor of about 1.6. */
const FIRST_STEP = 0.5;
const VALUE_TOLERANCE = 1e-10;

interface Vertex {
  at: number[];
  value: number;
}

function runNelderMead(f: (at: number[]) => number, start: number[], step: number, budget: number): Minimum {
  let evaluations = 0;
  const evaluate = (at: number[]): Vertex => {
    evaluations += 1;
    const value = f(at);
    return { at, value: Number.isFinite(value) ? value : Number.POSITIVE_INFINITY };
  };
  const simplex = [
    evaluate(start),
    ...start.map((_, i) => evaluate(start.map((x, j) => (j === i ? x + step : x)))),
  ];
  while (evaluations < budget) {
    simplex.sort((a, b) => a.value - b.value);
    const best = simplex[0]!;
    const worst = simplex.at(-1)!;
    if (worst.value - best.value <= VALUE_TOLERANCE * (Math.abs(best.value) + VALUE_TOLERANCE)) {
      return { at: best.at, value: best.value, evaluations, converged: true };
    }
    const others = simplex.slice(0, -1);
    const centre = start.map((_, i) => others.reduce((sum, v) => sum + v.at[i]!, 0) / others.length);
    const along = (t: number): Vertex => evaluate(centre.map((x, i) => x + t * (worst.at[i]! - x)));
    const reflected = along(-1);
    let replacement: Vertex | undefined = reflected;
    if (reflected.value < best.value) {
      const expanded = along(-2);
      if (expanded.value < reflected.value) replacement = expanded;
    } else if (reflected.value >= others.at(-1)!.value) {
      const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
      replacement = contracted.value < Math.min(reflected.value, worst.value) ? contracted : undefined;
    }
    if (replacement) simplex[simplex.length - 1] = replacement;
    else
      for (let v = 1; v < simplex.length; v += 1)
        simplex[v] = evaluate(simplex[v]!.at.map((x, i) => (x + best.at[i]!) / 2));
  }
  simplex.sort((a, b) => a.value - b.value);
  return { at: simplex[0]!.at, value: simplex[0]!.value, evaluations, converged: false };
}

/** The least value of `f` found from `start`. Values that are not finite count as infinitely bad. */
export function minimise(f: (at: number[]) => number, start: readonly number[]): Minimum {
  let best = runNelderMead(f, [...start], FIRST_STEP, EVALUATIONS_MAX);
  let evaluations = best.evaluations;
  for (let restart = 0; restart < RESTARTS_MAX && evaluations < EVALUATIONS_MAX; restart += 1) {
    const next = runNelderMead(f, best.at, FIRST_STEP / 2, EVALUATIONS_MAX - evaluations);
    evaluations += next.evaluations;
    const improved = best.value - next.value > VALUE_TOLERANCE * Math.abs(best.value);
    if (next.value <= best.value) best = next;
    if (!improved) break;
  }
  return { ...best, evaluations };
}

/** Relative step of central differences for second derivatives: about the fourth root of double precision. */
const HESSIAN_STEP = 1e-4;

/** Matrix of second derivatives of `f` at a point, by central differences. */
export function computeHessian(f: (at: number[]) => number, at: readonly number[]): number[][] {
  const steps = at.map((x) => HESSIAN_STEP * Math.max(1, Math.abs(x)));
  const shifted = (moves: readonly [number, number][]): number => {
    const point = [...at];
    for (const [i, sign] of moves) point[i] = point[i]! + sign * steps[i]!;
    return f(point);
  };
  return at.map((_, i) =>
    at.map((__, j) => {
      const sum =
        shifted([
          [i, 1],
          [j, 1],
        ]) -
        shifted([
          [i, 1],
          [j, -1],
        ]) -
        shifted([
          [i, -1],
          [j, 1],
        ]) +
        shifted([
          [i, -1],
          [j, -1],
        ]);
      return sum / (4 * steps[i]! * steps[j]!);
    }),
  );
}

/** Inverse by Gauss-Jordan with row pivoting; undefined when the matrix is singular to working precision. */
export function invert(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < n; column += 1) {
    let pivot = column;
    for (let r = column + 1; r < n; r += 1)
      if (Math.abs(rows[r]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = r;
    const lead = rows[pivot]![column]!;
    if (!Number.isFinite(lead) || Math.abs(lead) < 1e-300) return undefined;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    rows[column] = rows[column]!.map((x) => x / lead);
    for (let r = 0; r < n; r += 1) {
      const factor = rows[r]![column]!;
      if (r !== column && factor !== 0) rows[r] = rows[r]!.map((x, k) => x - factor * rows[column]![k]!);
    }
  }
  return rows.map((row) => row.slice(n));
}
