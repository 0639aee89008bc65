/** Saved funnels: made, listed, shown, given new versions, deleted; and the questions that are asked of one by its id. */
import { setTimeout } from 'node:timers/promises';
import * as v from 'valibot';
import {
  addFunnel,
  deleteFunnel,
  type FunnelRecord,
  type FunnelVersion,
  getFunnel,
  listFunnels,
  listFunnelVersions,
  replaceFunnel,
} from '../../definitions/funnels.js';
import { EngineError, RequestError } from '../../errors.js';
import { analyzeFunnel, type FunnelAnswer } from '../../query/funnel/analyze.js';
import { explainPerson, explainPersonQuestion } from '../../query/funnel/explain-person.js';
import { answerFactors, explainFactors } from '../../query/funnel/factors.js';
import { explainFunnel } from '../../query/funnel/prepare.js';
import { answerWays, explainWays } from '../../query/funnel/ways.js';
import { readsOfFunnel } from '../../query/reads.js';
import { MAX_BREAKDOWN_LIMIT, parseRequest } from '../../query/request.js';
import { answerQuestion, type QuestionAsked, readsAll } from '../answered.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { checkNamedEvents, type EventWarning } from '../named-events.js';
import { composePage, readPage } from '../page.js';
import { readBreakdown, readCount, readNumber, readText } from '../query-string.js';
import { createQueryContext } from '../question.js';
import { type App, requireScope } from '../route.js';
import { saveMembers, sendMembers } from './funnel-people.js';

const PATH = '/v1/analytics/funnels';
/** Characters of one parameter; names of properties have up to 400. */
const PARAMETER_LENGTH_MAX = 2_000;
const bodySchema = v.looseObject({});
const VERSION_MAX = 1_000_000;
/** How long the answer to saving a funnel waits for warnings. */
const WARNINGS_WAIT_MS = 2_000;

const showFunnel = ({ id, name, version, definition, createdAt, updatedAt }: FunnelRecord) => ({
  id,
  name,
  version,
  ...definition,
  created_at: createdAt.toISOString(),
  updated_at: updatedAt.toISOString(),
});

const showVersion = ({ version, definition, createdBy, createdAt }: FunnelVersion) => ({
  version,
  ...definition,
  created_by: createdBy,
  created_at: createdAt.toISOString(),
});

/** Parameters of the URL that are members of the question, by the same names. */
const TEXT_PARAMETERS = ['from', 'to', 'attribution', 'timezone', 'grain', 'week_start', 'compare'] as const;

/** The question that `?from&to&breakdown&…` asks of a definition. `breakdown` may be repeated, one property each time. */
function composeQuestion(c: AppContext, definition: FunnelRecord['definition']): Record<string, unknown> {
  const question: Record<string, unknown> = { ...definition };
  for (const name of TEXT_PARAMETERS) {
    const value = readText(c, name, PARAMETER_LENGTH_MAX);
    if (value !== undefined) question[name] = value;
  }
  const breakdown = readBreakdown(c);
  if (breakdown) question.breakdown = breakdown;
  if (c.req.query('histogram') === '1') question.histogram = true;
  const value = readText(c, 'value', PARAMETER_LENGTH_MAX);
  if (value !== undefined) question.value = { property: value };
  const limit = readCount(c, 'breakdown_limit', MAX_BREAKDOWN_LIMIT);
  if (limit !== undefined) question.breakdown_limit = limit;
  return question;
}

/** A parameter that may be repeated; undefined when it is not there. */
function readNames(c: AppContext, name: string): string[] | undefined {
  const names = (c.req.queries(name) ?? []).filter((one) => one !== '');
  return names.length > 0 ? names : undefined;
}

const showConversion = ({ steps, conversion_rate, breakdown, trend, paths, meta }: FunnelAnswer) => ({
  conversion_rate,
  // A graph may begin and end at several steps.
  ...(!paths && { entered: steps[0]!.count, converted: steps[steps.length - 1]!.count }),
  ...(breakdown && {
    breakdown: breakdown.map((group) => ({ values: group.values, conversion_rate: group.conversion_rate })),
  }),
  ...(trend && {
    trend: trend.map(({ time, conversion_rate: rate, complete }) => ({
      time,
      conversion_rate: rate,
      complete,
    })),
  }),
  meta,
});

const showDropoffs = ({ steps, meta }: FunnelAnswer) => ({
  dropoffs: steps.map(({ index, label, count, dropped }) => ({
    index,
    label,
    count,
    dropped,
    drop_rate: dropped === null || count === 0 ? null : dropped / count,
  })),
  meta,
});

export function registerFunnelRoutes(app: App, deps: AppDeps): void {
  const { metadata } = deps;
  const authorOf = (c: AppContext) => ({ project: c.var.access.project, keyId: c.var.access.keyId });

  /** What is to be said of the event types a definition names; nothing while the engine does not answer. */
  const findWarnings = async (c: AppContext, question: object): Promise<readonly EventWarning[]> => {
    try {
      return await checkNamedEvents(deps, await createQueryContext(c, deps), { question, isSaved: true });
    } catch (error) {
      if (error instanceof EngineError || error instanceof RequestError) return [];
      throw error;
    }
  };

  /** A funnel that was just defined: saved already, so it does not wait long for what is said beside it. */
  const showDefined = async (c: AppContext, record: FunnelRecord) => {
    const late = setTimeout(WARNINGS_WAIT_MS, [], { ref: false });
    const warnings = await Promise.race([findWarnings(c, record.definition), late]);
    return { ...showFunnel(record), ...(warnings.length > 0 && { warnings }) };
  };

  app.post(PATH, requireScope('define'), async (c) =>
    c.json(await showDefined(c, await addFunnel(metadata, authorOf(c), await readJson(c))), 201),
  );

  app.get(PATH, requireScope('read'), async (c) => {
    const { limit, after } = readPage(c);
    const rows = await listFunnels(metadata, c.var.access.project, { limit: limit + 1, after });
    return c.json(composePage(c, rows, limit, showFunnel));
  });

  app.get(`${PATH}/:id`, requireScope('read'), async (c) => {
    const record = await getFunnel(metadata, c.var.access.project, c.req.param('id'));
    const versions = await listFunnelVersions(metadata, record.id);
    return c.json({ ...showFunnel(record), versions: versions.map(showVersion) });
  });

  app.put(`${PATH}/:id`, requireScope('define'), async (c) => {
    const record = await replaceFunnel(metadata, authorOf(c), c.req.param('id'), await readJson(c));
    return c.json(await showDefined(c, record));
  });

  app.delete(`${PATH}/:id`, requireScope('define'), async (c) =>
    c.json(showFunnel(await deleteFunnel(metadata, c.var.access.project, c.req.param('id')))),
  );

  const readQuestion = async (c: AppContext, id: string): Promise<Record<string, unknown>> => {
    const version = readCount(c, 'version', VERSION_MAX);
    const { definition } = await getFunnel(metadata, c.var.access.project, id, version);
    return composeQuestion(c, definition);
  };

  /** @param times whether the answer shows times to convert, which cost more than counts */
  const registerQuestion = (name: string, times: boolean, show: (answer: FunnelAnswer) => object): void => {
    app.get(`${PATH}/:id/${name}`, requireScope('read'), async (c) => {
      const asked = { ...(await readQuestion(c, c.req.param('id'))), times };
      return answerQuestion(c, deps, {
        kind: `${PATH}/:id/${name}`,
        isSaved: true,
        input: asked,
        answer: async (context, question) => show(await analyzeFunnel(context, question)),
        explain: explainFunnel,
        reads: (_, question) => readsOfFunnel(question),
      });
    });
  };
  registerQuestion('analysis', true, (answer) => answer);
  registerQuestion('conversion-rate', false, showConversion);
  registerQuestion('dropoffs', false, showDropoffs);

  app.get(`${PATH}/:id/users`, requireScope('read'), async (c) =>
    sendMembers(c, deps, {
      isSaved: true,
      input: {
        ...(await readQuestion(c, c.req.param('id'))),
        step: readNumber(c, 'step'),
        state: readText(c, 'state', PARAMETER_LENGTH_MAX) ?? 'reached',
        limit: readNumber(c, 'limit'),
        cursor: readText(c, 'cursor', PARAMETER_LENGTH_MAX),
      },
    }),
  );
  // The body says which of them (name, step, state) and may say from and to instead of the URL.
  app.post(`${PATH}/:id/users/cohort`, requireScope('define'), async (c) => {
    const body = parseRequest(bodySchema, await readJson(c));
    const input = { ...(await readQuestion(c, c.req.param('id'))), ...body };
    return saveMembers(c, deps, { isSaved: true, input });
  });

  const registerAsked = (
    name: string,
    question: Pick<QuestionAsked, 'answer' | 'explain'>,
    read: (c: AppContext) => object,
  ): void => {
    app.get(`${PATH}/:id/${name}`, requireScope('read'), async (c) => {
      const asked = { ...(await readQuestion(c, c.req.param('id'))), ...read(c) };
      return answerQuestion(c, deps, {
        kind: `${PATH}/:id/${name}`,
        isSaved: true,
        input: asked,
        ...question,
        reads: readsAll,
      });
    });
  };
  registerAsked('explain', { answer: explainPerson, explain: explainPersonQuestion }, (c) => ({
    user_id: readText(c, 'user_id', PARAMETER_LENGTH_MAX),
  }));
  registerAsked('paths', { answer: answerWays, explain: explainWays }, (c) => ({
    step: readNumber(c, 'step'),
    length: readNumber(c, 'length'),
    limit: readNumber(c, 'limit'),
    events: readNames(c, 'event'),
    ...(c.req.query('collapse') === 'false' && { collapse: false }),
  }));
  registerAsked('factors', { answer: answerFactors, explain: explainFactors }, (c) => ({
    properties: readNames(c, 'property'),
    events: readNames(c, 'event'),
    min_units: readNumber(c, 'min_units'),
    limit: readNumber(c, 'limit'),
  }));
}
