/** People at one cut with their features: asked of ClickHouse (sql/clickhouse/churn-features.sql), read here. */
import { type Collected, readCollected, readKey } from '../../query/collected.js';
import { printEventMatch } from '../../query/event-match.js';
import { type EventScope, printEvents } from '../../query/people.js';
import { createParams, fillSql } from '../../query/printed.js';
import type { Statement } from '../../query/run.js';
import { printSpan } from '../../query/time/span.js';
import type { Matrix } from '../logistic.js';
import { CHURN_FEATURES } from './features.js';
import type { ChurnQuestion, Cut } from './request.js';

/** People a model is fitted, judged or used on; of more, a sample by hash. 100,000 rows are about 12 MB. */
export const PEOPLE_MAX = 100_000;

/** People at one cut: row i of `features` is of person i. */
export interface Snapshot {
  readonly people: readonly string[];
  /** person_key, in decimal. */
  readonly keys: readonly string[];
  /** 1: no activity in the horizon after the cut. */
  readonly churned: Uint8Array;
  readonly features: Matrix;
}

/** The statement of one cut; one row more than PEOPLE_MAX says that there are more. */
export function printFeatures(question: ChurnQuestion, cut: Cut, scope: EventScope): Statement {
  const params = createParams();
  const bind = (ms: number) => params.bind('Int64', ms);
  const sql = fillSql('clickhouse/churn-features.sql', {
    project: params.bind('String', scope.project),
    ...printEvents(scope, params),
    active: printEventMatch(question.activity, params),
    span: printSpan({ fromMs: cut.fromMs, toMs: cut.untilMs }, params),
    earlier: bind(cut.earlierMs),
    recent: bind(cut.recentMs),
    cut: bind(cut.cutMs),
    timezone: params.bind('String', question.timezone),
    rows_max: params.bind('UInt64', PEOPLE_MAX + 1),
  });
  return { sql, params: params.values };
}

/** Reads the statement's result; `sampled` when there were more than PEOPLE_MAX. */
export async function readSnapshot(result: Collected): Promise<{ snapshot: Snapshot; sampled: boolean }> {
  const people: string[] = [];
  const keys: string[] = [];
  const churned: number[] = [];
  const parts: Float64Array[] = [];
  for await (const { rows, columns } of readCollected(result)) {
    const [person, key, gone, features] = columns;
    for (let i = 0; i < rows; i++) {
      people.push(person!.values[i] as string);
      keys.push(readKey(key!, i));
      churned.push(gone!.values[i] as number);
    }
    parts.push(features!.values as Float64Array);
  }
  const rows = Math.min(people.length, PEOPLE_MAX);
  const width = CHURN_FEATURES.length;
  const values = new Float64Array(people.length * width);
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return {
    sampled: people.length > PEOPLE_MAX,
    snapshot: {
      people: people.slice(0, rows),
      keys: keys.slice(0, rows),
      churned: Uint8Array.from(churned.slice(0, rows)),
      features: { values: values.subarray(0, rows * width), width, rows },
    },
  };
}
