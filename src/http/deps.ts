import type { KeyRing } from '../access/key-ring.js';
import type { RateLimiter } from '../access/rate-limit.js';
import type { AnswerCache } from '../cache/answers.js';
import type { ClickHouse } from '../clickhouse/client.js';
import type { Config } from '../config.js';
import type { LiveRegistry } from '../event-types/live-registry.js';
import type { UsageSource } from '../event-types/usage.js';
import type { LiveFlags } from '../flags/live-flags.js';
import type { Metadata } from '../metadata/metadata.js';
import type { QueryHistory } from '../query/calibration/history.js';
import type { SqlRunner } from '../query/sql/run.js';
import type { LiveHub } from '../realtime/hub.js';
import type { Redis } from '../redis/client.js';
import type { RuleSet } from '../registry/rules.js';
import type { EventStream } from '../stream/stream.js';
import type { Logger } from '../telemetry/log.js';

/** What the front's routes work with. */
export interface AppDeps {
  config: Config;
  clickhouse: ClickHouse;
  redis: Redis;
  stream: EventStream;
  metadata: Metadata;
  keyRing: KeyRing;
  rateLimiter: RateLimiter;
  /** Features that projects have switched off. */
  flags: LiveFlags;
  /** The event types in force, at this moment. */
  rules: () => RuleSet;
  registry: LiveRegistry;
  /** Where saved definitions are looked for that name an event type. */
  usageSources: readonly UsageSource[];
  /** Kept answers of analytic questions. */
  answers: AnswerCache;
  /** What such questions cost. */
  queries: QueryHistory;
  /** Clients' own SQL. */
  sql: SqlRunner;
  /** Live views: the socket and its snapshots. */
  live: LiveHub;
  log: Logger;
  /** Aborted when the front begins to stop: what only waits should end. */
  stopping: AbortSignal;
}
