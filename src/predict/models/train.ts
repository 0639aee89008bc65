/** One training of a model: its question asked anew, what it foretold kept, the rest the version's answer. */

import type { ClickHouse } from '../../clickhouse/client.js';
import { findCohorts } from '../../definitions/cohort-references.js';
import type { Metadata } from '../../metadata/metadata.js';
import { openQueryContext, type QueryContext } from '../../query/context.js';
import { formatInstant } from '../../query/time/instant.js';
import { parseChurnRequest } from '../churn/request.js';
import { showCuts, trainChurn } from '../churn/run.js';
import { forgetPeople, type ModelVersion, storePeople } from '../kept-people.js';
import { parseLtvRequest } from '../ltv/request.js';
import { trainLtv } from '../ltv/run.js';
import { type ClaimedTraining, oldestKept, type TrainedAnswer } from './trainings.js';

export interface TrainingStores {
  readonly metadata: Metadata;
  readonly clickhouse: ClickHouse;
}

interface Trained {
  readonly answer: { readonly predicts: boolean; readonly [field: string]: unknown };
  readonly blocks: readonly Uint8Array[];
  readonly foretold: number;
  readonly range: { readonly fromMs: number; readonly toMs: number };
  readonly rowsRead: number;
}

async function trainKind(
  context: QueryContext,
  kind: ClaimedTraining['kind'],
  question: unknown,
  keep: ModelVersion,
): Promise<Trained> {
  if (kind === 'ltv') {
    const asked = parseLtvRequest(question);
    const { answer, people, sampled, ...rest } = await trainLtv(context, asked, 1, keep);
    const horizon = { unit_days: asked.unitDays, watched_days: asked.endDay - asked.startDay };
    return {
      ...rest,
      answer: { ...answer, ...horizon, sampled },
      foretold: rest.foretold,
      range: asked.range,
    };
  }
  const asked = parseChurnRequest(question);
  const { answer, people, sampled, ...rest } = await trainChurn(context, asked, 1, keep);
  const { learn, predict } = asked.cuts;
  const range = { fromMs: learn.fromMs, toMs: predict.cutMs };
  return { ...rest, answer: { ...answer, cuts: showCuts(asked), sampled }, foretold: rest.foretold, range };
}

/** Trains and stores. @throws RequestError 422 when there is too little to learn from, EngineError, MetadataError */
export async function trainModel(
  { metadata, clickhouse }: TrainingStores,
  { project, kind, model, version, question }: ClaimedTraining,
): Promise<TrainedAnswer> {
  const context = await openQueryContext({ clickhouse, project });
  const asked = await findCohorts(metadata, context, question);
  const place = { project, model, version };
  const { answer, blocks, foretold, range, rowsRead } = await trainKind(context, kind, asked, place);
  await storePeople(clickhouse, blocks);
  await forgetPeople(clickhouse, { ...place, version: Math.max(0, oldestKept(version)) });
  const data = { from: formatInstant(range.fromMs), to: formatInstant(range.toMs), rows_read: rowsRead };
  return { ...answer, people_kept: foretold, data };
}
