/**
 * How long a question will take, by those that were asked here before. Nearest neighbours rather than a formula: what a row costs
 * depends on the kind of question, on what it does with the rows and on the machine, and all that is in the neighbours. A neighbour is
 * near when its kind and shape are the same and its estimated rows are about as many; its time is scaled by the rows, beside a
 * fixed cost that stands for as many rows as ROWS_OF_NOTHING.
 */

/** A question that was executed. */
export interface Sample {
  readonly kind: string;
  /** What it does with the rows, by describeShape. */
  readonly shape: string;
  readonly estimatedRows: number;
  readonly rowsRead: number;
  readonly elapsedMs: number;
  /** What was expected before it ran; null while there was too little to go by. */
  readonly expectedMs: number | null;
}

export interface Expectation {
  readonly expected_ms: number;
  /** A tenth of the neighbours was quicker than the first, a tenth slower than the second. */
  readonly range_ms: readonly [number, number];
  /** Questions it goes by. */
  readonly samples: number;
  readonly confidence: 'low' | 'fair' | 'good';
}

/** Neighbours asked. */
const NEIGHBOURS_MAX = 15;
/** With fewer samples of a kind nothing is said. */
const SAMPLES_MIN = 3;
/** What a question costs that reads nothing, as rows. */
const ROWS_OF_NOTHING = 200_000;
/** Another shape is as far away as so many times the rows. */
const SHAPE_DISTANCE = Math.log(8);
/** A sample that is so many others old counts as twice as far away as it did: machines change. */
const AGE_SCALE = 150;

const weigh = (rows: number): number => rows + ROWS_OF_NOTHING;

const quantile = (sorted: readonly number[], share: number): number => {
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  return low + (sorted[Math.ceil(place)]! - low) * (place % 1);
};

const round = (ms: number): number => (ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms));

/** @param samples of one kind, oldest first. Undefined: too few. */
export function expectTime(
  samples: readonly Sample[],
  { shape, estimatedRows }: Pick<Sample, 'shape' | 'estimatedRows'>,
): Expectation | undefined {
  if (samples.length < SAMPLES_MIN) return undefined;
  const near = samples
    .map((sample, i) => {
      const apart = Math.abs(Math.log(weigh(estimatedRows) / weigh(sample.estimatedRows)));
      const age = (samples.length - i) / AGE_SCALE;
      return { sample, distance: apart + (sample.shape === shape ? 0 : SHAPE_DISTANCE) + age * 0.1 };
    })
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NEIGHBOURS_MAX);
  const times = near
    .map(({ sample }) => (sample.elapsedMs * weigh(estimatedRows)) / weigh(sample.estimatedRows))
    .sort((a, b) => a - b);
  const alike = near.filter(({ distance }) => distance < Math.LN2).length;
  return {
    expected_ms: round(quantile(times, 0.5)),
    range_ms: [round(quantile(times, 0.1)), round(quantile(times, 0.9))],
    samples: times.length,
    confidence: alike >= 8 ? 'good' : alike >= SAMPLES_MIN ? 'fair' : 'low',
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const countOf = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

/** What a question as it was written does with rows, as a short text: how many statements, groups and measures of which kind. */
export function describeShape(question: unknown): string {
  if (!isRecord(question)) return '';
  const series = Array.isArray(question.events) ? question.events : [];
  const measures = series.map((one) => {
    const measure = isRecord(one) ? one.measure : undefined;
    return typeof measure === 'string' ? measure : isRecord(measure) ? Object.keys(measure)[0] : 'count';
  });
  const parts = [
    [...new Set(measures)].sort().join('+'),
    `s${countOf(question.events) || countOf(question.steps)}`,
    `b${countOf(question.breakdown) + countOf(question.dimensions)}`,
    typeof question.metric === 'string' ? question.metric : '',
    ['order', 'count', 'mode']
      .map((name) => (typeof question[name] === 'string' ? question[name] : ''))
      .join(''),
    question.compare ? 'c' : '',
    question.where === undefined ? '' : 'w',
  ];
  return parts.join('|').slice(0, 200);
}

/** How well what was expected came true. */
export interface Calibration {
  readonly samples: number;
  /** Of those something was expected of. */
  readonly expected: number;
  /** Share of them that took between half and twice of what was expected. */
  readonly within_factor_two: number | null;
  /** The middle one of taken / expected. */
  readonly median_ratio: number | null;
}

export function judgeExpectations(samples: readonly Sample[]): Calibration {
  const ratios = samples
    .filter((sample) => sample.expectedMs !== null)
    .map(({ elapsedMs, expectedMs }) => Math.max(elapsedMs, 1) / Math.max(expectedMs ?? 1, 1))
    .sort((a, b) => a - b);
  const near = ratios.filter((ratio) => ratio >= 0.5 && ratio <= 2).length;
  const share = (value: number): number => Math.round(value * 1000) / 1000;
  return {
    samples: samples.length,
    expected: ratios.length,
    within_factor_two: ratios.length > 0 ? share(near / ratios.length) : null,
    median_ratio: ratios.length > 0 ? share(quantile(ratios, 0.5)) : null,
  };
}
