/**
 * ClickHouse's HTTP interface: `GET /` and `POST /` with a statement, `/ping` and `/replicas_status` without credentials.
 * One user, whose password is compared in constant time.
 */
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createAnswer, KEEP_ALIVE_S } from './answer.js';
import { type Engine, executeRequest } from './execute.js';
import { createFailure, type Failure, readFailure } from './failure.js';
import {
  CONNECTIONS_MAX,
  HEADERS_MAX_BYTES,
  STALL_TIMEOUT_MS,
  UNREAD_MAX_BYTES,
  UNREAD_TIMEOUT_MS,
} from './limits.js';
import { type Credentials, type EngineRequest, readRequest } from './request.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function checkCredentials(expected: Credentials, given: Credentials): void {
  const sameUser = timingSafeEqual(digest(expected.user), digest(given.user));
  const samePassword = timingSafeEqual(digest(expected.password), digest(given.password));
  if (sameUser && samePassword) return;
  throw createFailure(
    516,
    `${given.user}: Authentication failed: password is incorrect, or there is no user with such name.`,
  );
}

function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=UTF-8',
    'Content-Length': Buffer.byteLength(text),
    'X-ClickHouse-Server-Display-Name': 'weir',
  });
  response.end(text);
}

const NOT_FOUND = 'There is no such page.\nUse / for queries or /ping for health checks.\n';

/** Answers what needs neither credentials nor the engine; false when it is a statement. */
function answerPlain(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  query: string,
): boolean {
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (path === '/ping' || path === '/replicas_status' || (path === '/' && reads && query === ''))
    answerText(response, 200, 'Ok.\n');
  else if (path !== '/') answerText(response, 404, NOT_FOUND);
  else if (!reads && request.method !== 'POST') {
    response.setHeader('Allow', 'GET, POST');
    answerText(response, 405, 'Only GET and POST are answered.\n');
  } else return false;
  request.resume();
  return true;
}

/** Reads and forgets what a client still sends after its answer, within bounds, so that the connection can go on. */
function dropRest(message: IncomingMessage): void {
  if (message.complete || message.destroyed) return;
  let bytes = 0;
  message.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > UNREAD_MAX_BYTES) message.destroy();
  });
  setTimeout(() => {
    if (!message.complete) message.destroy();
  }, UNREAD_TIMEOUT_MS).unref();
  message.resume();
}

/** Resolves when the answer has left or the connection is gone; `onGone` is called when it went before the answer. */
function watchEnd(response: ServerResponse, onGone: () => void): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    response.once('prefinish', () => {
      timer = setTimeout(() => response.destroy(), STALL_TIMEOUT_MS);
    });
    response.once('close', () => {
      clearTimeout(timer);
      if (!response.writableFinished) onGone();
      resolve();
    });
  });
}

/** Serves the engine on an HTTP server that is not listening yet. `running` holds every request in progress. */
export function createEngineServer(
  parts: Omit<Engine, 'kill'>,
  expected: Credentials,
): { server: Server; running: Map<AbortController, Promise<void>> } {
  const running = new Map<AbortController, Promise<void>>();
  const byQueryId = new Map<string, AbortController>();
  const engine: Engine = {
    ...parts,
    kill(queryId) {
      byQueryId.get(queryId)?.abort();
      return byQueryId.has(queryId);
    },
  };

  async function runQuery(
    message: IncomingMessage,
    response: ServerResponse,
    url: URLSearchParams,
    ending: AbortController,
  ): Promise<void> {
    let request: EngineRequest | undefined;
    let refused: Failure | undefined;
    try {
      request = readRequest(message, url);
      checkCredentials(expected, request.credentials);
      if (request.queryId && byQueryId.has(request.queryId))
        throw createFailure(216, `Query with id = ${request.queryId} is already running.`);
    } catch (error) {
      refused = readFailure(error);
    }
    const queryId = request?.queryId ?? randomUUID();
    const answer = createAnswer(response, { ...engine.pool, queryId });
    if (refused || !request) {
      await answer.fail(refused ?? createFailure(1002, 'Unknown error.'));
      return;
    }
    answer.accept(request);
    byQueryId.set(queryId, ending);
    try {
      await executeRequest({ engine, request, answer, signal: ending.signal }, message);
    } finally {
      byQueryId.delete(queryId);
    }
  }

  const server = createServer(
    { maxHeaderSize: HEADERS_MAX_BYTES, requestTimeout: 0 },
    (message, response) => {
      const [path = '/', ...rest] = (message.url ?? '/').split('?');
      const query = rest.join('?');
      if (answerPlain(message, response, path, query)) return;
      const ending = new AbortController();
      const sent = watchEnd(response, () => ending.abort());
      const done = runQuery(message, response, new URLSearchParams(query), ending)
        .then(() => sent)
        .finally(() => {
          running.delete(ending);
          dropRest(message);
        });
      running.set(ending, done);
    },
  );
  server.keepAliveTimeout = KEEP_ALIVE_S * 1_000;
  server.maxConnections = CONNECTIONS_MAX;
  return { server, running };
}
