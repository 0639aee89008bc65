/** The WebSocket of `/v1/analytics/realtime`: who may open one, and its life as a session of the live hub. */
import { requireScope } from '../../access/access.js';
import { findKey } from '../../access/credential.js';
import { refuseRate } from '../../access/rate-limit.js';
import type { LiveHub } from '../../realtime/hub.js';
import type { AppDeps } from '../deps.js';
import { composeProblem, refuseMissingKey, refuseUnknownKey } from '../problem.js';
import { chooseRequestId } from '../request-id.js';
import { reportFailure } from '../serve.js';
import type { Reply, RequestHead, SocketGrant, SocketServe } from '../transport/exchange.js';

export const REALTIME_PATH = '/v1/analytics/realtime';
/** A browser cannot set headers of a WebSocket; it can offer subprotocols: `weir.KEY`. */
const PROTOCOL_PREFIX = 'weir.';

interface SocketKey {
  readonly key: string;
  /** The subprotocol it came in, which the answer has to name. */
  readonly protocol: string | undefined;
}

/** The key in a header, in `?key=`, or in a subprotocol. */
function findSocketKey({ headers, query }: Pick<RequestHead, 'headers' | 'query'>): SocketKey | undefined {
  const offered = (headers.get('sec-websocket-protocol') ?? '').split(',').map((one) => one.trim());
  const protocol = offered.find((one) => one.startsWith(PROTOCOL_PREFIX));
  const key =
    findKey((name) => headers.get(name)) ??
    (new URLSearchParams(query).get('key') || protocol?.slice(PROTOCOL_PREFIX.length));
  return key ? { key, protocol } : undefined;
}

export function createSocketServe(deps: AppDeps, hub: LiveHub): SocketServe {
  const { keyRing, rateLimiter } = deps;

  async function grant(head: RequestHead): Promise<SocketGrant> {
    const found = findSocketKey(head);
    if (!found)
      throw refuseMissingKey('?key=KEY, as the subprotocol weir.KEY, or as "Authorization: Bearer KEY"');
    const access = await keyRing.findFresh(found.key);
    if (!access) throw refuseUnknownKey();
    requireScope(access, 'read');
    const rate = await rateLimiter.count(access, 'query');
    if (!rate.allowed) throw refuseRate(rate);
    hub.refuseSocket(access.keyId);
    const isValid = (): boolean => keyRing.find(found.key)?.scopes.has('read') ?? false;
    return {
      protocol: found.protocol,
      accept: (wire) => hub.openSession({ access, isValid }, wire),
    };
  }

  return {
    path: REALTIME_PATH,
    async open(head) {
      try {
        return await grant(head);
      } catch (error) {
        const requestId = chooseRequestId(head.headers.get('x-request-id'));
        const { reply, unforeseen } = composeProblem(error, requestId);
        reportFailure(error, requestId, unforeseen, deps);
        const refusal: Reply = { ...reply, headers: { ...reply.headers, 'X-Request-Id': requestId } };
        return refusal;
      }
    },
  };
}
