import type { CallOptions, ClickHouse, QueryResult } from '../clickhouse/client.js';
import type { EventStream } from '../stream/stream.js';
import { clickhouseSeconds, redisSeconds } from '../telemetry/metrics.js';

/** The client, with the time of each answer in /metrics. */
export function measureClickHouse(clickhouse: ClickHouse): ClickHouse {
  return {
    ...clickhouse,
    query<T>(sql: string, options?: CallOptions): Promise<QueryResult<T>> {
      const stop = clickhouseSeconds.startTimer({ operation: 'query' });
      return clickhouse.query<T>(sql, options).finally(stop);
    },
  };
}

/** The stream, with the time until a payload is on disk in /metrics. */
export function measureStream(stream: EventStream): EventStream {
  return {
    ...stream,
    append(payload, idempotency) {
      const stop = redisSeconds.startTimer({ operation: 'append' });
      return stream.append(payload, idempotency).finally(stop);
    },
  };
}
