/**
 * What questions cost on this installation: the last executed ones of each kind in memory, and in Postgres, where a front that
 * starts reads them. Nothing of a question is kept but its kind, its shape and its figures. Postgres away: what was not written
 * yet is written later, as long as it is among the last.
 */
import type { Run } from '../../metadata/metadata.js';
import { loadStatement } from '../../metadata/statement.js';
import {
  type Calibration,
  describeShape,
  type Expectation,
  expectTime,
  judgeExpectations,
  type Sample,
} from './expectation.js';

const ADD = loadStatement('query-samples-add');
const LIST = loadStatement('query-samples-list');
const TRIM = loadStatement('query-samples-trim');

/** Samples of a kind in memory, about 200 bytes each. */
const SAMPLES_MAX = 300;
/** Kinds are the routes of questions; this only guards against a mistake. */
const KINDS_MAX = 100;
/** Samples that wait to be written. */
const UNWRITTEN_MAX = 1_000;
const WRITE_INTERVAL_MS = 30_000;

export interface Executed {
  readonly kind: string;
  readonly question: unknown;
  readonly estimatedRows: number;
  readonly rowsRead: number;
  readonly elapsedMs: number;
}

export interface QueryHistory {
  record(executed: Executed): void;
  /** Undefined: too few of the kind were asked. */
  expect(kind: string, question: unknown, estimatedRows: number): Expectation | undefined;
  calibrate(): { overall: Calibration; kinds: (Calibration & { kind: string })[] };
  /** Writes what is not written yet. Throws MetadataError. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Starts to keep the history. It is empty until Postgres has answered. */
export function createQueryHistory(run: Run, onError: (error: Error) => void): QueryHistory {
  const kinds = new Map<string, Sample[]>();
  let unwritten: Sample[] = [];

  const add = (sample: Sample): void => {
    const samples = kinds.get(sample.kind) ?? [];
    if (!kinds.has(sample.kind) && kinds.size >= KINDS_MAX) return;
    samples.push(sample);
    if (samples.length > SAMPLES_MAX) samples.shift();
    kinds.set(sample.kind, samples);
  };
  const expect = (kind: string, question: unknown, estimatedRows: number): Expectation | undefined =>
    expectTime(kinds.get(kind) ?? [], { shape: describeShape(question), estimatedRows });

  const flush = async (): Promise<void> => {
    const samples = unwritten;
    if (samples.length === 0) return;
    unwritten = [];
    try {
      await run.query(ADD, [JSON.stringify(samples)]);
      await run.query(TRIM, [SAMPLES_MAX]);
    } catch (error) {
      unwritten = [...samples, ...unwritten].slice(-UNWRITTEN_MAX);
      throw error;
    }
  };
  const flushQuietly = (): Promise<void> =>
    flush().catch((error: unknown) => onError(error instanceof Error ? error : new Error(String(error))));
  const timer = setInterval(() => void flushQuietly(), WRITE_INTERVAL_MS);
  timer.unref();

  const loaded = run
    .query<Sample>(LIST, [SAMPLES_MAX])
    .then((samples) => samples.forEach(add))
    .catch((error: Error) => onError(error));

  return {
    record({ kind, question, estimatedRows, rowsRead, elapsedMs }) {
      const expectedMs = expect(kind, question, estimatedRows)?.expected_ms ?? null;
      const shape = describeShape(question);
      const sample = { kind, shape, estimatedRows, rowsRead, elapsedMs, expectedMs };
      add(sample);
      unwritten.push(sample);
      if (unwritten.length > UNWRITTEN_MAX) unwritten.shift();
    },
    expect,
    calibrate() {
      return {
        overall: judgeExpectations([...kinds.values()].flat()),
        kinds: [...kinds].map(([kind, samples]) => ({ kind, ...judgeExpectations(samples) })),
      };
    },
    flush,
    async close() {
      clearInterval(timer);
      await loaded;
      await flushQuietly();
    },
  };
}
