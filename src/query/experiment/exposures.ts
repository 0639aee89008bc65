/** Who takes part: exposed persons by variant and day, and those who are left out. */
import type { QueryContext } from '../context.js';
import { refuseField } from '../request.js';
import { runStatement } from '../run.js';
import { EXPOSED_ROWS_MAX, printExposed } from './print.js';
import { type ExperimentQuestion, MAX_VARIANTS } from './request.js';

export interface Exposures {
  /** Control first. */
  readonly variants: readonly {
    readonly name: string;
    readonly units: number;
    /** Units whose goals may still come. */
    readonly open: number;
    /** Units by day of their exposure. */
    readonly byDay: readonly number[];
  }[];
  readonly severalVariants: number;
  readonly otherVariants: number;
  readonly rowsRead: number;
}

interface Row {
  readonly several: number;
  readonly variant: string;
  readonly bucket: number;
  readonly units: number;
  readonly open: number;
}

const CONTROL_NAME = 'control';

/** Without names given: "control" first if there is one, then by their names. */
function orderVariants(found: ReadonlySet<string>): readonly string[] {
  const names = [...found].sort();
  return found.has(CONTROL_NAME) ? [CONTROL_NAME, ...names.filter((name) => name !== CONTROL_NAME)] : names;
}

const sum = (rows: readonly Row[], read: (row: Row) => number): number =>
  rows.reduce((total, row) => total + Number(read(row)), 0);

/** @throws RequestError 422 when more variants occur than are compared; EngineError */
export async function findExposures(
  context: QueryContext,
  question: ExperimentQuestion,
  completeMs: number,
): Promise<Exposures> {
  const { rows, rowsRead } = await runStatement<Row>(context, printExposed(context, question, completeMs));
  const single = rows.filter(({ several }) => Number(several) === 0);
  const found = new Set(single.map(({ variant }) => variant));
  const names = question.variants ?? orderVariants(found);
  if (names.length > MAX_VARIANTS || rows.length > EXPOSED_ROWS_MAX)
    throw refuseField(
      'variants',
      `${question.exposure.variant.name} has more than ${MAX_VARIANTS} values; name those to compare with variants, the control first.`,
    );
  const of = (name: string): Row[] => single.filter(({ variant }) => variant === name);
  return {
    variants: names.map((name) => {
      const own = of(name);
      const byDay = new Array<number>(question.days.bounds.length - 1).fill(0);
      for (const { bucket, units } of own) byDay[Number(bucket)]! += Number(units);
      return { name, units: sum(own, ({ units }) => units), open: sum(own, ({ open }) => open), byDay };
    }),
    severalVariants: sum(
      rows.filter(({ several }) => Number(several) === 1),
      ({ units }) => units,
    ),
    otherVariants: sum(question.variants ? of('') : [], ({ units }) => units),
    rowsRead,
  };
}
