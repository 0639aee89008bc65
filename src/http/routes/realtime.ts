/** What of live views is plain HTTP: the same numbers once. */
import { RequestError } from '../../errors.js';
import { readTopicRequest } from '../../realtime/messages.js';
import type { AppDeps } from '../deps.js';
import { REALTIME_PATH } from '../realtime/sockets.js';
import { type App, requireScope } from '../route.js';

/** What a client should wait when live numbers are not known yet. */
const NOT_READY_RETRY_S = 2;

/** The query of a snapshot as the message that would subscribe. */
function readQuery(query: Readonly<Record<string, string>>): Record<string, unknown> {
  const { channel = 'metrics', metrics, where, sample, ...rest } = query;
  const parse = (name: string, text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      throw new RequestError(400, 'malformed_json', `${name} is not JSON.`);
    }
  };
  return {
    type: 'snapshot',
    channel,
    ...rest,
    ...(metrics !== undefined && { metrics: metrics.split(',').filter((name) => name !== '') }),
    ...(where !== undefined && { where: parse('where', where) }),
    ...(sample !== undefined && { sample: Number(sample) }),
  };
}

export function registerRealtimeRoutes(app: App, { live }: AppDeps): void {
  app.get(`${REALTIME_PATH}/snapshot`, requireScope('read'), async (c) => {
    const request = readTopicRequest(readQuery(c.req.query()));
    const { id, data } = await live.snapshot(c.var.access.project, request);
    if (data === null)
      throw new RequestError(
        503,
        'live_not_ready',
        'Live numbers are not known at this moment: ClickHouse or Redis does not answer.',
        [],
        { retryAfterS: NOT_READY_RETRY_S },
      );
    const at = new Date().toISOString();
    return c.json({ channel: request.channel, topic: request.key, id, at, data, status: live.status });
  });
  app.get(REALTIME_PATH, () => {
    throw new RequestError(
      400,
      'websocket_required',
      `${REALTIME_PATH} is a WebSocket: open it with ws:// or wss://. ${REALTIME_PATH}/snapshot gives the same numbers once.`,
    );
  });
}
