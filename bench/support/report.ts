/** How benchmarks print: a table for a person and one JSON line a figure for a program. */
import { cpus, totalmem } from 'node:os';

export interface Figure {
  figure: string;
  value: number;
  unit: string;
}

const format = (value: number): string =>
  Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en-US')
    : Number(value.toPrecision(3)).toString();

/** Prints the figures of one benchmark, with the machine they were measured on. */
export function report(bench: string, figures: readonly Figure[]): void {
  const width = Math.max(...figures.map((f) => f.figure.length));
  console.log(
    `\n${bench} (${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node})`,
  );
  for (const { figure, value, unit } of figures)
    console.log(`  ${figure.padEnd(width)}  ${format(value).padStart(12)} ${unit}`);
  for (const figure of figures) console.log(JSON.stringify({ bench, ...figure }));
}

/** The q-quantile of unsorted values, by nearest rank. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * q) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
