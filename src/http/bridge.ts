/**
 * Between a transport and Hono: an exchange becomes a Request, a Response becomes an answer. A response whose body is
 * there at once is sent whole, with its length; one that comes bit by bit is streamed at the client's speed.
 */
import { RequestError } from '../errors.js';
import { inflate, isInflated } from '../event/inflate.js';
import { compressAnswer } from './compressed.js';
import { readContentEncoding } from './ingest/body.js';
import { capitalise } from './problem.js';
import type { App } from './route.js';
import type { Exchange, RequestHead } from './transport/exchange.js';

/** Bytes of a request's body on all routes but ingest: schemas, definitions, questions. */
const REQUEST_BYTES_MAX = 4 * 1024 * 1024;

async function readRequestBody(exchange: Exchange): Promise<Uint8Array | undefined> {
  const { method, headers, hasBody } = exchange.head;
  if (!hasBody || method === 'GET' || method === 'HEAD') return undefined;
  const body = await exchange.readBody(REQUEST_BYTES_MAX);
  const encoding = readContentEncoding(headers.get('content-encoding'));
  if (encoding === '') return body;
  const inflated = await inflate(encoding, body, REQUEST_BYTES_MAX);
  if (isInflated(inflated)) return inflated;
  const isLarge = inflated.kind === 'too_large';
  throw new RequestError(
    isLarge ? 413 : 400,
    isLarge ? 'body_too_large' : 'malformed_encoding',
    capitalise(inflated.message),
  );
}

function composeUrl({ path, query, headers }: RequestHead): string {
  const host = headers.get('host') ?? 'localhost';
  const target = query === '' ? path : `${path}?${query}`;
  const url = `http://${host}${target}`;
  if (URL.canParse(url) && target.startsWith('/')) return url;
  throw new RequestError(
    400,
    'malformed_request',
    'The request line or the Host header cannot be read as an address.',
  );
}

function composeRequest(exchange: Exchange, body: Uint8Array | undefined): Request {
  const { head } = exchange;
  const headers = new Headers();
  for (const [name, value] of head.headers) headers.set(name, value);
  // The body is handed on inflated.
  headers.delete('content-encoding');
  // HEAD is answered as GET; the transport leaves the body out.
  const method = head.method === 'HEAD' ? 'GET' : head.method;
  return new Request(composeUrl(head), {
    method,
    headers,
    signal: exchange.signal,
    ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
  });
}

/** What comes after the microtasks of a body that is already there. */
const nextTurn = (): Promise<'later'> => new Promise((resolve) => setImmediate(() => resolve('later')));

async function sendResponse(exchange: Exchange, response: Response, requestId: string): Promise<void> {
  const { status, body } = response;
  const headers: Record<string, string> = { 'X-Request-Id': requestId };
  for (const [name, value] of response.headers) if (name !== 'content-length') headers[name] = value;
  if (body === null) return exchange.reply({ status, headers, body: '' });
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const first = await reader.read();
  if (first.done) return exchange.reply({ status, headers, body: '' });
  const second = reader.read();
  const ahead = await Promise.race([second, nextTurn()]);
  if (ahead !== 'later' && ahead.done) {
    const accepted = exchange.head.headers.get('accept-encoding');
    return exchange.reply({ status, ...(await compressAnswer(accepted, headers, first.value)) });
  }
  let opened = false;
  const rest = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!opened) {
          opened = true;
          controller.enqueue(first.value);
          return;
        }
        const { done, value } = await (restRead ?? reader.read());
        restRead = undefined;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  let restRead: ReturnType<typeof reader.read> | undefined = second;
  await exchange.replyStream({ status, headers, body: rest });
}

/** Answers an exchange by the app. Rejects with what is wrong with the request itself; what routes throw, the app answers. */
export async function answerByApp(
  app: App,
  exchange: Exchange,
  requestId: string,
): Promise<{ status: number; route: string }> {
  const { head } = exchange;
  const body = await readRequestBody(exchange);
  const response = await app.fetch(composeRequest(exchange, body), { requestId, head });
  await sendResponse(exchange, response, requestId);
  return { status: response.status, route: nameRoute(app, head.method, head.path) };
}

/** The declared routes that take a path, by method; middleware does not count. */
export function findRoutes(app: App, path: string): { method: string; path: string }[] {
  const found: { method: string; path: string }[] = [];
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    const [handlers] = app.router.match(method, path);
    for (const [[, route]] of handlers) if (route.method === method) found.push({ method, path: route.path });
  }
  return found;
}

/** The route as it was declared, for figures: "/v1/batches/:id", or "none". */
export function nameRoute(app: App, method: string, path: string): string {
  const wanted = method === 'HEAD' ? 'GET' : method;
  return findRoutes(app, path).find((route) => route.method === wanted)?.path ?? 'none';
}
