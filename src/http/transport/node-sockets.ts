/** WebSockets beside node:http, by `ws`. */
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import {
  type Reply,
  SOCKET_BUFFER_BYTES_MAX,
  SOCKET_MESSAGE_BYTES_MAX,
  type SocketGrant,
  type SocketServe,
  type TransportOptions,
  type Wire,
} from './exchange.js';
import { readHead } from './node-head.js';

/** How long a client may take to answer the closing of its socket. */
const CLOSE_TIMEOUT_MS = 2_000;

function refuse(connection: Duplex, { status, headers, body }: Reply): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const all = { ...headers, 'Content-Length': String(bytes.length), Connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  connection.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`);
  connection.end(bytes);
}

const refusePlainly = (connection: Duplex, status: 400 | 404, body: string): void =>
  refuse(connection, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body });

function createWire(socket: WebSocket, onDrained: () => void): Wire {
  return {
    send(text) {
      if (socket.readyState !== WebSocket.OPEN) return;
      const waits = socket.bufferedAmount > 0;
      socket.send(text, waits ? onDrained : undefined);
      if (socket.bufferedAmount > SOCKET_BUFFER_BYTES_MAX) socket.terminate();
    },
    get buffered() {
      return socket.bufferedAmount;
    },
    close(code, reason) {
      socket.close(code, reason);
      setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
    },
  };
}

function accept(socket: WebSocket, grant: SocketGrant): void {
  const handler = grant.accept(createWire(socket, () => handler.drained()));
  socket.on('message', (data, isBinary) => {
    handler.receive(Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data), isBinary);
  });
  // What breaks the protocol is closed by the library with the code that says so.
  socket.on('error', () => {});
  socket.on('close', () => handler.closed());
}

/** Takes requests for sockets. Returns a function that lets go of those still open. */
export function serveNodeSockets(
  server: Server,
  sockets: SocketServe,
  { trustedProxies, limits }: Pick<TransportOptions, 'trustedProxies' | 'limits'>,
): () => void {
  const chosen = new WeakMap<IncomingMessage, string>();
  const library = new WebSocketServer({
    noServer: true,
    maxPayload: SOCKET_MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    handleProtocols: (_, request) => chosen.get(request) ?? false,
  });
  const open = new Map<WebSocket, { answered: boolean }>();

  async function upgrade(request: IncomingMessage, connection: Duplex, first: Buffer): Promise<void> {
    connection.on('error', () => {});
    const head = readHead(request, trustedProxies);
    if (request.headers.upgrade?.toLowerCase() !== 'websocket')
      return refusePlainly(connection, 400, 'Only WebSockets can be upgraded to.\n');
    if (head.path !== sockets.path) return refusePlainly(connection, 404, 'There is no WebSocket here.\n');
    const opened = await sockets.open(head);
    if (connection.destroyed) return;
    if ('status' in opened) return refuse(connection, opened);
    if (opened.protocol !== undefined) chosen.set(request, opened.protocol);
    library.handleUpgrade(request, connection, first, (socket) => {
      open.set(socket, { answered: true });
      socket.on('pong', () => open.set(socket, { answered: true }));
      socket.on('close', () => open.delete(socket));
      accept(socket, opened);
    });
  }

  server.on('upgrade', (request, connection, first) => void upgrade(request, connection, first));
  const timer = setInterval(() => {
    for (const [socket, state] of open) {
      if (!state.answered) socket.terminate();
      else {
        state.answered = false;
        socket.ping();
      }
    }
  }, limits.socketIdleMs / 2);
  timer.unref();
  return () => {
    clearInterval(timer);
    setTimeout(() => {
      for (const socket of open.keys()) socket.terminate();
    }, CLOSE_TIMEOUT_MS).unref();
  };
}
