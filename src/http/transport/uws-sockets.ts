/** WebSockets of uWebSockets.js: pings, and the closing of who does not answer them, are its own. */
import type * as Uws from 'uWebSockets.js';
import {
  SOCKET_BUFFER_BYTES_MAX,
  SOCKET_MESSAGE_BYTES_MAX,
  type SocketGrant,
  type SocketHandler,
  type SocketServe,
  type TransportOptions,
  type Wire,
} from './exchange.js';
import { formatStatus } from './status.js';
import { readHead, writeHead } from './uws-head.js';

interface SocketData {
  grant: SocketGrant;
  handler?: SocketHandler;
  isClosed?: boolean;
}

/** The head of the upgrade is read before anything is waited for: afterwards the request object is gone. */
async function upgrade(
  response: Uws.HttpResponse,
  request: Uws.HttpRequest,
  context: Uws.us_socket_context_t,
  sockets: SocketServe,
  trustedProxies: number,
): Promise<void> {
  let gone = false;
  response.onAborted(() => {
    gone = true;
  });
  const head = readHead(response, request, trustedProxies);
  if (!head) {
    response.writeStatus(formatStatus(431)).end('', true);
    return;
  }
  const key = head.headers.get('sec-websocket-key') ?? '';
  const extensions = head.headers.get('sec-websocket-extensions') ?? '';
  const opened = await sockets.open(head);
  if (gone) return;
  response.cork(() => {
    if ('status' in opened) {
      writeHead(response, opened);
      response.end(opened.body, true);
      return;
    }
    const data: SocketData = { grant: opened };
    response.upgrade(data, key, opened.protocol ?? '', extensions, context);
  });
}

/** Once closed, nothing of the socket may be called, its data not asked for either. */
const createWire = (socket: Uws.WebSocket<SocketData>, data: SocketData): Wire => ({
  send(text) {
    if (!data.isClosed) socket.send(text, false, false);
  },
  get buffered() {
    return data.isClosed ? 0 : socket.getBufferedAmount();
  },
  close(code, reason) {
    if (!data.isClosed) socket.end(code, reason);
  },
});

/** The library wants a multiple of this. */
const IDLE_GRAIN_S = 4;

export function serveUwsSockets(
  app: Uws.TemplatedApp,
  sockets: SocketServe,
  { trustedProxies, limits }: Pick<TransportOptions, 'trustedProxies' | 'limits'>,
): void {
  app.ws<SocketData>(sockets.path, {
    compression: 0,
    maxPayloadLength: SOCKET_MESSAGE_BYTES_MAX,
    idleTimeout: Math.floor(limits.socketIdleMs / 1_000 / IDLE_GRAIN_S) * IDLE_GRAIN_S,
    sendPingsAutomatically: true,
    maxBackpressure: SOCKET_BUFFER_BYTES_MAX,
    closeOnBackpressureLimit: 1,
    upgrade: (response, request, context) =>
      void upgrade(response, request, context, sockets, trustedProxies),
    open(socket) {
      const data = socket.getUserData();
      data.handler = data.grant.accept(createWire(socket, data));
    },
    message(socket, message, isBinary) {
      socket.getUserData().handler?.receive(new Uint8Array(message), isBinary);
    },
    drain(socket) {
      socket.getUserData().handler?.drained();
    },
    close(socket) {
      const data = socket.getUserData();
      data.isClosed = true;
      data.handler?.closed();
    },
  });
}
