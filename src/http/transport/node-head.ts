/** The head of a request as node:http gives it. */
import type { IncomingMessage } from 'node:http';
import { findClientAddress, type RequestHead } from './exchange.js';

export function readHead(request: IncomingMessage, trustedProxies: number): RequestHead {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  return {
    method: (request.method ?? 'GET').toUpperCase(),
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers,
    address: findClientAddress(
      request.socket.remoteAddress ?? '',
      headers.get('x-forwarded-for'),
      trustedProxies,
    ),
    hasBody: Number(headers.get('content-length') ?? 0) > 0 || headers.has('transfer-encoding'),
  };
}
