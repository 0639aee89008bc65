/**
 * HTTP by uWebSockets.js. What its documentation demands is kept here and nowhere else: the request object lives only until
 * the handler returns, so the head is copied at once; chunks are neutered after the callback, so they are copied; an
 * answer is written inside `cork`; after an abort nothing may be called.
 *
 * An answer before the end of the body ends the exchange at once and leaves the connection to uWebSockets.js, which goes
 * on reading the rest and throwing it away: a client that only listens when it has sent everything hears why. Closing at
 * once would reset the connection under the answer; it is done only to a client that fell silent (408). A client that asked
 * for `Connection: close` would be closed on by uWebSockets.js itself, so its answer is held open meanwhile.
 */

import type * as Uws from 'uWebSockets.js';
import { createRequire } from 'node:module';
import {
  type Exchange,
  HEAD_BYTES_MAX,
  type Reply,
  type RequestHead,
  type StreamReply,
  type Transport,
  type TransportOptions,
} from './exchange.js';
import { createIntakeDesk, type Intake, type IntakeDesk } from './intake.js';
import { formatStatus } from './status.js';
import { readHead, writeHead } from './uws-head.js';
import { serveUwsSockets } from './uws-sockets.js';

/** Refuses a port that somebody listens on; without it two processes share one and each gets half of the requests. */
const EXCLUSIVE_PORT = 1;

type Native = typeof Uws;

declare module 'uWebSockets.js' {
  interface TemplatedApp {
    /** What the native part takes and its own declarations leave out: options together with a host. */
    listen(
      host: string,
      port: number,
      options: number,
      done: (socket: Uws.us_listen_socket | false) => void,
    ): TemplatedApp;
  }
}

/** Loads the native part. Throws when there is none for this platform. */
export function loadUws(): Native {
  process.env.UWS_HTTP_MAX_HEADERS_SIZE ??= String(HEAD_BYTES_MAX);
  return createRequire(import.meta.url)('uWebSockets.js') as Native;
}

/**
 * Ends an answer that has no body by its status. The length has to be left out altogether: an `undefined` is written as
 * Content-Length 2^63, and the client then waits for that many bytes.
 */
function endEmpty(response: Uws.HttpResponse, closing: boolean): void {
  if (closing) response.endWithoutBody(0, true);
  else response.endWithoutBody();
}

/**
 * Ends an answer to HEAD: the length of a body that is not sent. It is written as a header like others, because after a length
 * given to `endWithoutBody` uWebSockets.js takes the answer for unfinished and closes on the connection's next request.
 */
function endHead(response: Uws.HttpResponse, length: number, closing: boolean): void {
  if (closing) response.endWithoutBody(length, true);
  else response.writeHeader('Content-Length', String(length)).endWithoutBody();
}

interface Running {
  /** Whether the connection is to be closed after the answer: the server is stopping. */
  readonly closing: boolean;
  started(): void;
  ended(): void;
}

function createExchange(
  response: Uws.HttpResponse,
  head: RequestHead,
  intake: Intake,
  running: Running,
): Exchange {
  let over = false;
  let gone = false;
  let controller: AbortController | undefined;
  let wake: (() => void) | undefined;
  running.started();

  const end = (): void => {
    if (over) return;
    over = true;
    intake.release();
    running.ended();
  };

  response.onAborted(() => {
    gone = true;
    intake.abort();
    controller?.abort();
    wake?.();
    end();
  });
  // A request without a body is complete now; uWebSockets.js says so only after the handler returned.
  if (!head.hasBody) intake.pushNothing();
  response.onData((chunk, isLast) => {
    intake.push(new Uint8Array(chunk), isLast);
  });

  function reply(answer: Reply): void {
    if (gone || over) return;
    if (intake.isReceiving) {
      replyEarly(answer);
      return;
    }
    const { closing } = running;
    response.cork(() => {
      writeHead(response, answer);
      if (head.method === 'HEAD') endHead(response, Buffer.byteLength(answer.body), closing);
      else if (answer.status === 204 || answer.status === 304) endEmpty(response, closing);
      else response.end(answer.body, closing);
    });
    end();
  }

  /** Answers while the body is still on its way. */
  function replyEarly(answer: Reply): void {
    if (answer.status === 408) {
      response.cork(() => {
        writeHead(response, answer);
        response.end(answer.body, true);
      });
      end();
      return;
    }
    const closeHead = { ...answer, headers: { ...answer.headers, Connection: 'close' } };
    if (head.headers.get('connection')?.toLowerCase() !== 'close') {
      response.cork(() => {
        writeHead(response, closeHead);
        response.end(answer.body);
      });
      end();
      return;
    }
    // Here ending would close. So the answer stays open until the rest of the body was thrown away.
    response.cork(() => {
      writeHead(response, closeHead);
      response.write(answer.body);
    });
    intake.discard(() => {
      if (gone) return;
      response.cork(() => response.end(''));
      end();
    });
  }

  async function replyStream(answer: StreamReply): Promise<void> {
    const reader = answer.body.getReader();
    if (!gone) response.cork(() => writeHead(response, answer));
    if (head.method !== 'HEAD') {
      response.onWritable(() => {
        wake?.();
        return true;
      });
      for (;;) {
        const { done, value } = await reader.read();
        if (done || gone) break;
        let drained = true;
        response.cork(() => {
          drained = response.write(value);
        });
        if (!drained) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    }
    if (gone || head.method === 'HEAD') await reader.cancel().catch(() => {});
    if (gone || over) return;
    // Not with `true`: after the head was sent, that would write a header into the body.
    response.cork(() => response.end(''));
    end();
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

function declaredBytes(head: RequestHead): number | undefined {
  const text = head.headers.get('content-length');
  return text === undefined ? undefined : Number(text);
}

/** Listens. Rejects when the port is taken. */
export async function openUwsTransport(native: Native, options: TransportOptions): Promise<Transport> {
  const desk: IntakeDesk = createIntakeDesk(options.limits);
  let count = 0;
  let closing = false;
  let idle: (() => void) | undefined;
  const running: Running = {
    get closing() {
      return closing;
    },
    started() {
      count++;
    },
    ended() {
      if (--count === 0) idle?.();
    },
  };
  const app = native.App();
  if (options.sockets) serveUwsSockets(app, options.sockets, options);
  app.any('/*', (response, request) => {
    const head = readHead(response, request, options.trustedProxies);
    if (!head) {
      response.writeStatus(formatStatus(431)).end('', true);
      return;
    }
    options.serve(createExchange(response, head, desk.open(declaredBytes(head)), running));
  });
  const socket = await new Promise<Uws.us_listen_socket | false>((resolve) => {
    app.listen(options.host, options.port, EXCLUSIVE_PORT, resolve);
  });
  if (!socket) {
    desk.close();
    throw Object.assign(
      new Error(`port ${options.port} of ${options.host} cannot be listened on: it is taken, or not allowed`),
      {
        code: 'EADDRINUSE',
      },
    );
  }
  return {
    name: 'uws',
    port: native.us_socket_local_port(socket as Uws.us_socket),
    async stop(graceMs) {
      closing = true;
      native.us_listen_socket_close(socket);
      if (count > 0) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          idle = resolve;
          timer = setTimeout(resolve, graceMs);
        });
        clearTimeout(timer);
      }
      app.close();
      desk.close();
    },
  };
}
