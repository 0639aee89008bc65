/** What the models trained last say of a cohort's people. */
import type { Run } from '../../metadata/metadata.js';
import { answerSize, printSizeStatement } from '../../query/cohort/answer.js';
import type { Membership } from '../../query/cohort/formula.js';
import { printMembers } from '../../query/cohort/print.js';
import { collectBytes, listBuffers } from '../../query/collected.js';
import type { QueryContext } from '../../query/context.js';
import { type Explanation, explainStatements } from '../../query/explain.js';
import { createParams, fillSql } from '../../query/printed.js';
import { estimateStatement, refuseOverLimit, runStatement, type Statement } from '../../query/run.js';
import { runTask } from '../../query/task.js';
import type { GroupTask, GroupValue } from '../ltv/groups.js';
import type { LtvParameters } from '../ltv/model.js';
import type { ModelKind } from './kind.js';
import { explainUntrained, findTrained, type TrainedVersion } from './trainings.js';

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

/** Why a model that foretells says nothing of these people. */
const explainNobody = ({ answer }: TrainedVersion, people: number): { readonly reason?: string } =>
  people > 0
    ? {}
    : {
        reason: `the model knows none of them: it speaks of those who did its event before ${answer.data.to}`,
      };

const sayUntrained = async (run: Run, project: string, kind: ModelKind) => ({
  model: null,
  predicts: false,
  reason: await explainUntrained(run, project, kind),
});

const printRisks = (trained: TrainedVersion, { context, membership }: Asked): Statement =>
  printOf('clickhouse/model-risks.sql', trained, context, membership);

const printHistories = (trained: TrainedVersion, { context, membership }: Asked): Statement =>
  printOf('clickhouse/model-histories.sql', trained, context, membership);

/** What a churn model foretells: so many days, no others. */
const readHorizon = ({ answer }: TrainedVersion): number =>
  (answer.cuts as { horizon_days: number }).horizon_days;

const foretellsRisk = (trained: TrainedVersion, { horizonDays }: Asked): boolean =>
  trained.answer.predicts && (horizonDays ?? readHorizon(trained)) === readHorizon(trained);

async function summariseRisk(trained: TrainedVersion, asked: Asked) {
  const { context, horizonDays } = asked;
  const own = readHorizon(trained);
  const shown = { ...showModel(trained), horizon_days: own };
  if (horizonDays !== undefined && horizonDays !== own)
    return {
      ...shown,
      predicts: false,
      reason: `the model foretells ${own} days; train one for ${horizonDays}`,
    };
  if (!trained.answer.predicts) return { ...shown, predicts: false, reason: 'baseline_wins' };
  const { rows } = await runStatement<{
    found: number;
    leaving: number;
    likely: number;
    mean: number | null;
  }>(context, printRisks(trained, asked));
  const { found, leaving, likely, mean } = rows[0]!;
  return {
    ...shown,
    predicts: true,
    people: Number(found),
    mean_risk: mean === null ? null : Number(mean),
    expected_leavers: Number(leaving),
    likely_leavers: Number(likely),
    ...explainNobody(trained, Number(found)),
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

async function summariseValue(trained: TrainedVersion, asked: Asked) {
  const { context, horizonDays } = asked;
  const answer = trained.answer as TrainedVersion['answer'] & TrainedLtv;
  const days = horizonDays ?? answer.horizon_days;
  const shown = { ...showModel(trained), horizon_days: days };
  if (!answer.predicts) return { ...shown, predicts: false, reason: 'baseline_wins' };
  const groups = await collectBytes(context, printHistories(trained, asked));
  const task: GroupTask = {
    groups,
    parameters: readParameters(answer),
    watch: { watchedDays: answer.watched_days, unitDays: answer.unit_days },
    days,
  };
  const value = await runTask<GroupValue>('value-groups', task, listBuffers(groups));
  return { ...shown, predicts: true, ...value, ...explainNobody(trained, value.people) };
}

interface Models {
  readonly churn: TrainedVersion | undefined;
  readonly ltv: TrainedVersion | undefined;
}

const findModels = async (run: Run, project: string): Promise<Models> => ({
  churn: await findTrained(run, project, 'churn'),
  ltv: await findTrained(run, project, 'ltv'),
});

/** What is run of them beside the counting of the members. */
const listStatements = ({ churn, ltv }: Models, asked: Asked): Statement[] => [
  ...(churn && foretellsRisk(churn, asked) ? [printRisks(churn, asked)] : []),
  ...(ltv?.answer.predicts ? [printHistories(ltv, asked)] : []),
];

/** Summaries of the members by the models trained last, each with why where nothing is said. @throws RequestError 422, EngineError, MetadataError */
export async function answerCohortPredictions(
  run: Run,
  context: QueryContext,
  membership: Membership,
  horizonDays: number | undefined,
) {
  const asked = { context, membership, horizonDays };
  const models = await findModels(run, context.project);
  for (const statement of listStatements(models, asked))
    refuseOverLimit(context, await estimateStatement(context, statement));
  const { size, as_of, meta } = await answerSize(context, membership);
  const { churn, ltv } = models;
  return {
    size,
    as_of,
    churn: churn ? await summariseRisk(churn, asked) : await sayUntrained(run, context.project, 'churn'),
    ltv: ltv ? await summariseValue(ltv, asked) : await sayUntrained(run, context.project, 'ltv'),
    meta,
  };
}

/** What would be run; nothing is. @throws as answerCohortPredictions */
export async function explainCohortPredictions(
  run: Run,
  context: QueryContext,
  membership: Membership,
  horizonDays: number | undefined,
): Promise<Explanation> {
  const asked = { context, membership, horizonDays };
  const models = await findModels(run, context.project);
  const describe = (trained: TrainedVersion | undefined) =>
    trained ? { id: trained.model, version: trained.version } : null;
  return explainStatements(
    context,
    [printSizeStatement(context, membership), ...listStatements(models, asked)],
    { source: 'kept predictions', churn: describe(models.churn), ltv: describe(models.ltv) },
  );
}
