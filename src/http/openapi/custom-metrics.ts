/** Metrics that users define, described. */
import { PAGE } from './parameters.js';
import { pageOf } from './schemas.js';
import {
  answers,
  type Content,
  flag,
  inPath,
  inQuery,
  json,
  list,
  maybeText,
  type Operation,
  object,
  oneOf,
  type Paths,
  ref,
  type Schema,
  text,
  whole,
} from './types.js';

const TAG = 'Metrics';
const ID = inPath('id', 'The id or the name of the metric');
const NOT_FOUND = { '404': 'No such metric' };
const WRONG = {
  '422': 'The definition has mistakes; errors[] names each with line, column, length and hint',
};
const IN_USE = { '409': 'Other definitions use the metric and would make no sense any more' };
const FORCE = inQuery('force', '1: even though other definitions use it');

const EXAMPLE = `metric "conversion_rate" {
  formula = "count(checkout_completed) / count(checkout_started) * 100"
  dimensions = ["product_category", "user_segment"]
  time_window = "1d"
  cache_ttl = "5m"
}`;

const content: Readonly<Record<string, Content>> = {
  ...json(object({ definition: text('One or more metrics') }, ['definition']), { definition: EXAMPLE }),
  'text/plain': { schema: text(), example: EXAMPLE },
};
const requestBody = { required: true, content };

const problem = object({
  path: text(),
  code: text(),
  message: text(),
  severity: oneOf(['error', 'warning']),
  line: whole('From 1'),
  column: whole('From 1, in characters'),
  length: whole(),
  metric: text(),
  hint: text(),
});

export const METRIC_SHAPES = {
  Metric: object({
    id: text(),
    name: text(),
    version: whole(),
    kind: oneOf(['aggregate', 'conversion', 'ratio', 'formula']),
    dimensions: list(text()),
    unit: maybeText(),
    rollup: object({
      state: oneOf(['none', 'creating', 'backfilling', 'ready', 'failed']),
      name: text('As meta.source names it'),
      reason: text('Why there is none, or why it failed'),
    }),
    definition: text(),
    warnings: list(problem),
    created_at: text(),
    updated_at: text(),
  }),
};

const nullable = (type: string): Schema => ({ type: [type, 'null'] });
const VALUE: Schema = { type: ['number', 'string', 'null'] };

const calculate: Operation = {
  summary: 'What a metric comes to over a span of time',
  description: 'One row a bucket and group. With definition nothing has to be stored.',
  tags: [TAG],
  'x-scope': 'read',
  parameters: [inQuery('explain', '1: plan, SQL, estimate, limit and rollup instead of the answer')],
  requestBody: {
    required: true,
    content: json(
      object({
        metric: text('Id or name of a stored metric'),
        definition: text('Or the text of one'),
        from: text('A date (midnight in timezone) or an ISO time; default: a time_window before to'),
        to: text('Not included; default: now'),
        grain: oneOf(['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'all']),
        dimensions: list(text('Default: those of the definition')),
        breakdown_limit: whole('Groups answered by name; the rest is "$other"'),
        where: ref('Condition'),
        timezone: text('Default: the definition’s, or UTC'),
        week_start: text('Default monday'),
        compare: text('"previous": the period of equal length before this one too'),
      }),
      { metric: 'conversion_rate', from: '2026-01-01', to: '2026-02-01', grain: 'day' },
    ),
  },
  responses: answers(
    200,
    'A table: time, the dimensions, value, previous (when compared), complete',
    object({
      columns: list(text()),
      rows: list(list({})),
      totals: object({ value: VALUE, previous: VALUE }),
      meta: object({
        source: text('raw or rollup:NAME'),
        cache: oneOf(['l1', 'l2', 'miss']),
        elapsed_ms: whole(),
        rows_read: whole(),
        complete_through: nullable('string'),
        metric: text(),
        unit: nullable('string'),
      }),
    }),
    { ...NOT_FOUND, '422': 'The question or the definition makes no sense, or costs more than allowed' },
  ),
};

const check: Operation = {
  summary: 'Check a definition without storing it',
  tags: [TAG],
  'x-scope': 'read',
  requestBody,
  responses: answers(
    200,
    'Problems, the text in canonical form, and what each metric is',
    object({
      valid: flag,
      problems: list(problem),
      rendered: text('The problems, each under its line'),
      formatted: nullable('string'),
      metrics: list(object({ name: text(), kind: text(), dimensions: list(text()), rollup: object({}) })),
    }),
  ),
};

const vocabulary: Operation = {
  summary: 'What may be written in a definition',
  description: 'Functions, fields, units, event types with their properties, and metrics: for completion.',
  tags: [TAG],
  'x-scope': 'read',
  parameters: [
    inQuery('event', 'Properties of this event type; without it those of the twenty most frequent'),
  ],
  responses: answers(
    200,
    'Words and names',
    object({
      functions: list(object({ name: text(), kind: text(), form: text(), summary: text() })),
      fields: list(object({ name: text(), type: text(), expected: text() })),
      units: list(text()),
      events: list(object({ name: text(), seen: whole(), properties: list(object({ name: text() })) })),
      metrics: list(object({ id: text(), name: text() })),
    }),
  ),
};

const apply: Operation = {
  summary: 'Make the stored metrics say what a file says',
  description:
    'What is new is created, what differs gets a new version, the rest stays: all of it or nothing.',
  tags: [TAG],
  'x-scope': 'define',
  parameters: [
    inQuery('prune', '1: delete metrics that are not in the file'),
    inQuery('dry_run', '1: only say what would be done'),
    FORCE,
  ],
  requestBody,
  responses: answers(
    200,
    'Names by what was done',
    object({ created: list(text()), changed: list(text()), unchanged: list(text()), deleted: list(text()) }),
    { ...IN_USE, ...WRONG },
  ),
};

export const METRIC_PATHS: Paths = {
  '/v1/analytics/metrics/custom': {
    post: {
      summary: 'Define metrics',
      description: 'One metric is answered as it is, several as data.',
      tags: [TAG],
      'x-scope': 'define',
      requestBody,
      responses: answers(201, 'The metric, version 1', ref('Metric'), {
        '409': 'There is a metric of this name',
        ...WRONG,
      }),
    },
    put: apply,
    get: {
      summary: 'List metrics, in the order they were made',
      tags: [TAG],
      'x-scope': 'read',
      parameters: PAGE,
      responses: answers(200, 'A page', pageOf(ref('Metric'))),
    },
  },
  '/v1/analytics/metrics/custom/{id}': {
    get: {
      summary: 'Show a metric with its versions',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID],
      responses: answers(
        200,
        'The metric; versions has the latest 100, newest first',
        {
          allOf: [
            ref('Metric'),
            object({ versions: list(object({ version: whole(), definition: text() })) }),
          ],
        },
        NOT_FOUND,
      ),
    },
    put: {
      summary: 'Give a metric a new version',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID, FORCE],
      requestBody,
      responses: answers(200, 'The metric', ref('Metric'), { ...NOT_FOUND, ...IN_USE, ...WRONG }),
    },
    delete: {
      summary: 'Delete a metric, its rollup and its schedule',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID, FORCE],
      responses: answers(200, 'The metric that was deleted', ref('Metric'), { ...NOT_FOUND, ...IN_USE }),
    },
  },
  '/v1/analytics/metrics/calculate': { post: calculate },
  '/v1/analytics/metrics/check': { post: check },
  '/v1/analytics/metrics/vocabulary': { get: vocabulary },
};
