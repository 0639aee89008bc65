/** Heads of requests and answers, as uWebSockets.js gives and takes them. */
import type * as Uws from 'uWebSockets.js';
import { findClientAddress, HEAD_BYTES_MAX, type RequestHead } from './exchange.js';
import { formatStatus } from './status.js';

/** The head, or undefined when it is larger than HEAD_BYTES_MAX: the native limit holds only for heads that come in pieces. */
export function readHead(
  response: Uws.HttpResponse,
  request: Uws.HttpRequest,
  trustedProxies: number,
): RequestHead | undefined {
  const headers = new Map<string, string>();
  const path = request.getUrl();
  const query = request.getQuery() ?? '';
  let bytes = path.length + query.length;
  request.forEach((name, value) => {
    bytes += name.length + value.length;
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  });
  if (bytes > HEAD_BYTES_MAX) return undefined;
  const socketAddress = Buffer.from(response.getRemoteAddressAsText()).toString('latin1');
  return {
    method: request.getCaseSensitiveMethod().toUpperCase(),
    path,
    query,
    headers,
    address: findClientAddress(socketAddress, headers.get('x-forwarded-for'), trustedProxies),
    hasBody: Number(headers.get('content-length') ?? 0) > 0 || headers.has('transfer-encoding'),
  };
}

export function writeHead(
  response: Uws.HttpResponse,
  { status, headers }: { status: number; headers: Readonly<Record<string, string>> },
): void {
  response.writeStatus(formatStatus(status));
  for (const name in headers) response.writeHeader(name, headers[name]!);
}
