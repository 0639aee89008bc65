/** A metric as a number each person has: the metric by person over the whole range, and what its formula gives over nothing. */

import type { CohortReference } from '../condition/cohort.js';
import type { QueryContext } from '../context.js';
import { fillSql } from '../printed.js';
import { runStatement, type Statement } from '../run.js';
import type { Range } from '../time/buckets.js';
import { formatInstant } from '../time/instant.js';
import { findPlan } from './asked.js';
import { readQuestion, readRawQuestion } from './request.js';
import type { MetricSources } from './sources.js';
import { planPeriod, planTotal, toStatement } from './statement.js';

export interface PersonalMetric {
  /** People with an event that the metric reads. */
  readonly people: number;
  /** Those of them whose value is a number. */
  readonly valued: number;
  readonly mean: number | null;
  /** Of the sample; null with fewer than two. */
  readonly variance: number | null;
  /** Of who has no such event. */
  readonly ofNothing: number | null;
  readonly rowsRead: number;
}

export interface AskedMetric {
  readonly metric: string | undefined;
  readonly definition: string | undefined;
  readonly range: Range;
}

/** No event is without an id. */
const NOTHING = { property: 'event.event_id', op: 'eq', value: '' };

/** Every person is a group of her own here, and none is told. */
const GROUPS = 1_000_000_000;

/** The statements that measure a metric by person, and what reads their answers. */
export interface PersonalMeasuring {
  readonly statements: readonly [byPerson: Statement, ofNothing: Statement];
  measure(): Promise<PersonalMetric>;
}

/** The metric of the members of a cohort whose stored members are fresh. @throws RequestError 404, 422; EngineError; MetadataError */
export async function preparePersonal(
  context: QueryContext,
  sources: MetricSources,
  { metric, definition, range }: AskedMetric,
  cohort: CohortReference,
): Promise<PersonalMeasuring> {
  const question = {
    ...(metric !== undefined && { metric }),
    ...(definition !== undefined && { definition }),
    from: formatInstant(range.fromMs),
    to: formatInstant(range.toMs),
    grain: 'all',
  };
  const raw = readRawQuestion({ ...question, dimensions: ['event.person'], where: { in_cohort: cohort } });
  const { plan } = await findPlan(context, sources, raw);
  const asked = readQuestion(raw, plan, Date.now());
  const printed = toStatement({ ...planPeriod(context, plan, asked, asked), groupLimit: GROUPS });
  const byPerson: Statement = {
    ...printed,
    sql: fillSql('clickhouse/metric-per-person.sql', { rows: printed.sql }),
  };
  const empty = readQuestion(
    readRawQuestion({ ...question, dimensions: [], where: NOTHING }),
    plan,
    Date.now(),
  );
  const ofNothing = toStatement(planTotal(context, plan, empty, empty));
  return {
    statements: [byPerson, ofNothing],
    measure: () => measurePersonal(context, byPerson, ofNothing),
  };
}

async function measurePersonal(
  context: QueryContext,
  byPerson: Statement,
  ofNothing: Statement,
): Promise<PersonalMetric> {
  const { rows, rowsRead } = await runStatement<Omit<PersonalMetric, 'ofNothing' | 'rowsRead'>>(
    context,
    byPerson,
  );
  const nothing = await runStatement<{ value: number | null }>(context, ofNothing);
  const { people, valued, mean, variance } = rows[0]!;
  return {
    people: Number(people),
    valued: Number(valued),
    mean: Number(valued) === 0 ? null : mean,
    variance: Number(valued) < 2 ? null : variance,
    ofNothing: nothing.rows[0]?.value ?? null,
    rowsRead: rowsRead + nothing.rowsRead,
  };
}
