/** What the models trained last say of a cohort's people. */
import type { Run } from '../../metadata/metadata.js';
import { answerSize } from '../../query/cohort/answer.js';
import type { Membership } from '../../query/cohort/formula.js';
import { printMembers } from '../../query/cohort/print.js';
import { collectBytes, listBuffers } from '../../query/collected.js';
import type { QueryContext } from '../../query/context.js';
import { createParams, fillSql } from '../../query/printed.js';
import { runStatement, type Statement } from '../../query/run.js';
import { runTask } from '../../query/task.js';
import type { GroupTask, GroupValue } from '../ltv/groups.js';
import type { LtvParameters } from '../ltv/model.js';
import { findTrained, type TrainedVersion } from './trainings.js';

function printOf(
  file: string,
  { model, version, answer }: TrainedVersion,
  context: QueryContext,
  membership: Membership,
): Statement {
  const params = createParams();
  const sql = fillSql(file, {
    project: params.bind('String', context.project),
    model: params.bind('String', model),
    version: params.bind('UInt64', version),
    people: params.bind('UInt64', answer.people_kept),
    members: printMembers(membership, context, params),
  });
  return { sql, params: params.values };
}

const showModel = ({ model, name, version, trainedAt, answer }: TrainedVersion) => ({
  model: { id: model, name, version, trained_at: trainedAt.toISOString() },
  as_of: answer.data.to,
});

type Asked = {
  readonly context: QueryContext;
  readonly membership: Membership;
  readonly horizonDays: number | undefined;
};

async function summariseRisk(trained: TrainedVersion, { context, membership, horizonDays }: Asked) {
  const { horizon_days: own } = trained.answer.cuts as { horizon_days: number };
  const shown = { ...showModel(trained), horizon_days: own };
  if (horizonDays !== undefined && horizonDays !== own)
    return {
      ...shown,
      predicts: false,
      reason: `the model foretells ${own} days; train one for ${horizonDays}`,
    };
  if (!trained.answer.predicts) return { ...shown, predicts: false, reason: 'baseline_wins' };
  const statement = printOf('clickhouse/model-risks.sql', trained, context, membership);
  const { rows } = await runStatement<{
    found: number;
    leaving: number;
    likely: number;
    mean: number | null;
  }>(context, statement);
  const { found, leaving, likely, mean } = rows[0]!;
  return {
    ...shown,
    predicts: true,
    people: Number(found),
    mean_risk: mean === null ? null : Number(mean),
    expected_leavers: Number(leaving),
    likely_leavers: Number(likely),
  };
}

/** The fields of an LtvAnswer that are needed again. */
interface TrainedLtv {
  readonly parameters: Record<'r' | 'alpha' | 'a' | 'b', number> & Record<'p' | 'q' | 'v', number | null>;
  readonly horizon_days: number;
  readonly unit_days: number;
  readonly watched_days: number;
}

const readParameters = ({ parameters }: TrainedLtv): LtvParameters => {
  const { r, alpha, a, b, p, q, v } = parameters;
  const spending = p === null || q === null || v === null ? null : { p, q, v };
  return { purchases: { r, alpha, a, b }, spending };
};

async function summariseValue(trained: TrainedVersion, { context, membership, horizonDays }: Asked) {
  const answer = trained.answer as TrainedVersion['answer'] & TrainedLtv;
  const days = horizonDays ?? answer.horizon_days;
  const shown = { ...showModel(trained), horizon_days: days };
  if (!answer.predicts) return { ...shown, predicts: false, reason: 'baseline_wins' };
  const groups = await collectBytes(
    context,
    printOf('clickhouse/model-histories.sql', trained, context, membership),
  );
  const task: GroupTask = {
    groups,
    parameters: readParameters(answer),
    watch: { watchedDays: answer.watched_days, unitDays: answer.unit_days },
    days,
  };
  const value = await runTask<GroupValue>('value-groups', task, listBuffers(groups));
  return { ...shown, predicts: true, ...value };
}

/** Summaries of the members by the models trained last; null where there is none of the kind. @throws RequestError 422, EngineError, MetadataError */
export async function answerCohortPredictions(
  run: Run,
  context: QueryContext,
  membership: Membership,
  horizonDays: number | undefined,
) {
  const asked = { context, membership, horizonDays };
  const { size, as_of, meta } = await answerSize(context, membership);
  const [churn, ltv] = [
    await findTrained(run, context.project, 'churn'),
    await findTrained(run, context.project, 'ltv'),
  ];
  return {
    size,
    as_of,
    churn: churn ? await summariseRisk(churn, asked) : null,
    ltv: ltv ? await summariseValue(ltv, asked) : null,
    meta,
  };
}
