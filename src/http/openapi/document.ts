/** The description of the interface: one file a topic, put together here. A test holds it against the routes that exist. */
import { ALERT_PATHS, ALERT_SHAPES } from './alerts.js';
import { CALIBRATION_PATHS } from './calibration.js';
import { COHORT_PATHS, COHORT_SHAPES } from './cohorts.js';
import { METRIC_PATHS, METRIC_SHAPES } from './custom-metrics.js';
import { DASHBOARD_PATHS, DASHBOARD_SHAPES } from './dashboards.js';
import { EVENT_ROUTE_PATHS, EVENT_ROUTE_SHAPES } from './event-routes.js';
import { EVENT_TYPE_PATHS, EVENT_TYPE_SHAPES } from './event-types.js';
import { EXPERIMENT_PATHS, EXPERIMENT_SHAPES } from './experiments.js';
import { FLAG_PATHS, FLAG_SHAPES } from './flags.js';
import { FUNNEL_PATHS } from './funnels.js';
import { INGEST_PATHS } from './ingest.js';
import { METRIC_SCHEDULE_PATHS } from './metric-schedules.js';
import { PATTERN_PATHS } from './patterns.js';
import { PLUGIN_PATHS } from './plugins.js';
import { PREDICTION_PATHS } from './predictions.js';
import { PREDICTIVE_MODEL_PATHS } from './predictive-models.js';
import { QUESTION_PATHS } from './questions.js';
import { REALTIME_PATHS, REALTIME_SHAPES } from './realtime.js';
import { RETENTION_PATHS } from './retention.js';
import { RUNNING_PATHS } from './running.js';
import { FUNNEL_SHAPES, SAVED_FUNNEL_PATHS } from './saved-funnels.js';
import { SCHEMAS as SHARED_SCHEMAS } from './schemas.js';
import { SEEN_PATHS } from './seen.js';
import { SQL_PATHS } from './sql.js';
import type { Paths, Schema } from './types.js';
import { USER_PATHS, USER_SHAPES } from './users.js';

export const PATHS: Paths = {
  ...INGEST_PATHS,
  ...QUESTION_PATHS,
  ...RETENTION_PATHS,
  ...SEEN_PATHS,
  ...CALIBRATION_PATHS,
  ...PREDICTION_PATHS,
  ...PREDICTIVE_MODEL_PATHS,
  ...PATTERN_PATHS,
  ...FUNNEL_PATHS,
  ...SAVED_FUNNEL_PATHS,
  ...EXPERIMENT_PATHS,
  ...COHORT_PATHS,
  ...USER_PATHS,
  ...DASHBOARD_PATHS,
  ...ALERT_PATHS,
  ...METRIC_PATHS,
  ...METRIC_SCHEDULE_PATHS,
  ...SQL_PATHS,
  ...REALTIME_PATHS,
  ...EVENT_TYPE_PATHS,
  ...FLAG_PATHS,
  ...PLUGIN_PATHS,
  ...EVENT_ROUTE_PATHS,
  ...RUNNING_PATHS,
};

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  ...SHARED_SCHEMAS,
  ...EVENT_TYPE_SHAPES,
  ...FUNNEL_SHAPES,
  ...EXPERIMENT_SHAPES,
  ...COHORT_SHAPES,
  ...USER_SHAPES,
  ...DASHBOARD_SHAPES,
  ...ALERT_SHAPES,
  ...METRIC_SHAPES,
  ...FLAG_SHAPES,
  ...EVENT_ROUTE_SHAPES,
  ...REALTIME_SHAPES,
};

const TAGS = [
  'Events in',
  'Questions',
  'Predictions',
  'Live',
  'Metrics',
  'Dashboards',
  'Alerts',
  'Event types',
  'Keys and projects',
  'Running',
];

/** The OpenAPI 3.1 document. */
export function composeDocument(version: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Weir',
      version,
      description:
        'Event analytics: events in, exact answers out. Errors are application/problem+json; /docs/errors explains every code.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { apiKey: [] }],
    tags: TAGS.map((name) => ({ name })),
    paths: PATHS,
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
  };
}
