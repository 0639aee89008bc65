/**
 * Where a request may carry its key. Everywhere: `Authorization: Bearer KEY` and `X-API-Key`. On ingest also what existing
 * clients send: Basic with the key as user name, `X-Write-Key`, `?writeKey=`, and in the body `writeKey` or `api_key`.
 */

/** Reads one header by its lower-case name. */
export type ReadHeader = (name: string) => string | undefined;

const nonEmpty = (text: string | undefined | null): string | undefined => (text ? text : undefined);

/** The key in `Authorization: Bearer` or `X-API-Key`. */
export function findKey(readHeader: ReadHeader): string | undefined {
  const bearer = /^bearer +(\S+) *$/i.exec(readHeader('authorization') ?? '');
  return bearer?.[1] ?? nonEmpty(readHeader('x-api-key')?.trim());
}

function findBasicUser(authorization: string | undefined): string | undefined {
  const basic = /^basic +([A-Za-z0-9+/_=-]+) *$/i.exec(authorization ?? '');
  if (!basic) return undefined;
  return nonEmpty(Buffer.from(basic[1]!, 'base64').toString('utf8').split(':', 1)[0]);
}

/** The key of an ingest request, as far as headers and query tell. `query` is without its question mark. */
export function findIngestKey(readHeader: ReadHeader, query: string): string | undefined {
  return (
    findKey(readHeader) ??
    findBasicUser(readHeader('authorization')) ??
    nonEmpty(readHeader('x-write-key')?.trim()) ??
    (query.includes('writeKey=') ? nonEmpty(new URLSearchParams(query).get('writeKey')) : undefined)
  );
}

/** The key in a parsed body: `writeKey` (Segment) or `api_key` (PostHog, whose single events may hold it among the properties). */
export function findBodyKey(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const { writeKey, api_key: apiKey, properties } = body as Record<string, unknown>;
  for (const candidate of [writeKey, apiKey])
    if (typeof candidate === 'string' && candidate) return candidate;
  if (typeof properties !== 'object' || properties === null) return undefined;
  const { token } = properties as Record<string, unknown>;
  return typeof token === 'string' && token ? token : undefined;
}
