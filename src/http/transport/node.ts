/**
 * HTTP by node:http, for where uWebSockets.js's native part does not load. The same limits in the same words; a request
 * that node's parser refuses gets the parser's status and a problem document.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  type Exchange,
  HEAD_BYTES_MAX,
  KEEP_ALIVE_MS,
  type Reply,
  type RequestHead,
  type StreamReply,
  type Transport,
  type TransportOptions,
} from './exchange.js';
import { createIntakeDesk, type Intake } from './intake.js';
import { readHead } from './node-head.js';
import { serveNodeSockets } from './node-sockets.js';

/** How long the head of a request may take. */
const HEAD_TIMEOUT_MS = 10_000;

function createExchange(
  request: IncomingMessage,
  response: ServerResponse,
  head: RequestHead,
  intake: Intake,
  isClosing: () => boolean,
): Exchange {
  let gone = false;
  let controller: AbortController | undefined;
  request.on('data', (chunk: Buffer) => {
    intake.push(chunk, false);
  });
  request.on('end', () => {
    intake.pushNothing();
  });
  request.on('error', () => {});
  response.on('close', () => {
    if (!response.writableFinished) {
      gone = true;
      intake.abort();
      controller?.abort();
    }
    intake.release();
  });
  // A request without a body needs no events to be complete.
  if (!head.hasBody) intake.pushNothing();

  function finishAfterDiscard(): void {
    intake.discard(() => {
      response.end();
    });
  }

  function reply({ status, headers, body }: Reply): void {
    if (gone || response.headersSent) return;
    const early = intake.isReceiving;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const noBody = status === 204 || status === 304;
    response.writeHead(status, {
      ...headers,
      ...(noBody ? {} : { 'Content-Length': bytes.length }),
      ...(early || isClosing() ? { Connection: 'close' } : {}),
    });
    if (!early) {
      response.end(noBody || head.method === 'HEAD' ? undefined : bytes);
      return;
    }
    // All of the answer but its end, which would close the connection on data still arriving.
    response.write(bytes);
    finishAfterDiscard();
  }

  async function replyStream({ status, headers, body }: StreamReply): Promise<void> {
    const reader = body.getReader();
    if (!gone)
      response.writeHead(status, {
        ...headers,
        ...(intake.isReceiving || isClosing() ? { Connection: 'close' } : {}),
      });
    if (head.method !== 'HEAD') {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || gone) break;
        if (!response.write(value)) {
          await new Promise<void>((resolve) => {
            const wake = (): void => {
              response.off('drain', wake).off('close', wake);
              resolve();
            };
            response.on('drain', wake).on('close', wake);
          });
        }
      }
    }
    if (gone || head.method === 'HEAD') await reader.cancel().catch(() => {});
    if (gone) return;
    if (intake.isReceiving) finishAfterDiscard();
    else response.end();
  }

  return {
    head,
    readBody: (bytesMax) => intake.read(bytesMax),
    reply,
    replyStream,
    get signal() {
      controller ??= new AbortController();
      if (gone) controller.abort();
      return controller.signal;
    },
  };
}

/** Answers what node's parser could not read as a request. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Listens. Rejects when the port is taken. */
export async function openNodeTransport(options: TransportOptions): Promise<Transport> {
  const desk = createIntakeDesk(options.limits);
  let closing = false;
  const server = createServer({ maxHeaderSize: HEAD_BYTES_MAX }, (request, response) => {
    const head = readHead(request, options.trustedProxies);
    const declared = head.headers.get('content-length');
    const intake = desk.open(declared === undefined ? undefined : Number(declared));
    options.serve(createExchange(request, response, head, intake, () => closing));
  });
  server.headersTimeout = HEAD_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // Bodies have limits of their own (intake.ts); a long upload that keeps coming is fine.
  server.requestTimeout = 0;
  server.on('clientError', refuseUnreadable);
  const stopSockets = options.sockets && serveNodeSockets(server, options.sockets, options);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    name: 'node',
    port: (server.address() as AddressInfo).port,
    async stop(graceMs) {
      closing = true;
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      stopSockets?.();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
      desk.close();
    },
  };
}
