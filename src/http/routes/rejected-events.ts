/**
 * GET /v1/rejected-events and POST /v1/rejected-events/replay, with the same filters: event, code, since, until, limit. A
 * replay takes them from the query or from a JSON body.
 */
import * as v from 'valibot';
import { EVENT_NAME_LENGTH_MAX } from '../../event/limits.js';
import {
  listRejected,
  REJECTED_LIMIT_MAX,
  REPLAY_LIMIT_MAX,
  type RejectedFilter,
  replayRejected,
} from '../../ingest/rejected.js';
import { parseRequest } from '../../query/request.js';
import { parseInstant } from '../../query/time/instant.js';
import { findZone } from '../../query/time/zone.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { readCount, readText, readTime } from '../query-string.js';
import { type App, requireScope } from '../route.js';

const CODE_LENGTH_MAX = 100;
const CURSOR_LENGTH_MAX = 1_000;

const TIME_WORDS = 'A time is a date (2024-03-01) or an ISO time (2024-03-01T09:00:00Z).';
const time = v.pipe(
  v.string(TIME_WORDS),
  v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
    const ms = parseInstant(dataset.value, findZone('UTC')!);
    if (ms !== undefined) return ms;
    addIssue({ message: TIME_WORDS });
    return NEVER;
  }),
);

const ReplayRequest = v.strictObject({
  event: v.optional(v.pipe(v.string('event is a string.'), v.maxLength(EVENT_NAME_LENGTH_MAX))),
  code: v.optional(v.pipe(v.string('code is a string.'), v.maxLength(CODE_LENGTH_MAX))),
  since: v.optional(time),
  until: v.optional(time),
  limit: v.optional(
    v.pipe(v.number('limit is a number.'), v.integer(), v.minValue(1), v.maxValue(REPLAY_LIMIT_MAX)),
  ),
});

/** Leaves out what is undefined: an absent filter and one without a value are the same. */
function compact<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function readFilter(c: AppContext): RejectedFilter {
  return {
    project: c.var.access.project,
    ...compact({
      event: readText(c, 'event', EVENT_NAME_LENGTH_MAX),
      code: readText(c, 'code', CODE_LENGTH_MAX),
      sinceMs: readTime(c, 'since'),
      untilMs: readTime(c, 'until'),
    }),
  };
}

export function registerRejectedEventRoutes(app: App, { clickhouse, stream }: AppDeps): void {
  app.get('/v1/rejected-events', requireScope('read'), async (c) => {
    const page = compact({
      limit: readCount(c, 'limit', REJECTED_LIMIT_MAX),
      cursor: readText(c, 'cursor', CURSOR_LENGTH_MAX),
    });
    return c.json(await listRejected({ clickhouse }, { ...readFilter(c), ...page }));
  });

  app.post('/v1/rejected-events/replay', requireScope('define'), async (c) => {
    const asked = c.env.head.hasBody ? parseRequest(ReplayRequest, await readJson(c)) : {};
    const { since, until, ...rest } = asked;
    const result = await replayRejected(
      { clickhouse, stream },
      {
        ...readFilter(c),
        ...compact({ limit: readCount(c, 'limit', REPLAY_LIMIT_MAX) }),
        ...compact({ ...rest, sinceMs: since, untilMs: until }),
      },
    );
    return c.json(result, 202);
  });
}
