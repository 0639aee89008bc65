/** What an ingest body is, told by its headers and, where they are silent or wrong, by its first bytes. */
import { RequestError } from '../../errors.js';
import { CONTENT_ENCODINGS } from '../../event/inflate.js';
import { EVENT_BYTES_MAX } from '../../event/limits.js';
import { skipBlank } from '../../event/scan-bytes.js';
import type { ContentEncoding, PayloadFormat } from '../../event/types.js';

/** Bytes of a body as it is sent, compressed or not. Inflated it may have PAYLOAD_BYTES_MAX. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;

const LINES = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
  'application/jsonlines',
]);

/** Types whose body is looked at: JSON, and what clients send that set none, curl's default among them. */
const LOOKED_AT = new Set([
  '',
  'application/json',
  'text/json',
  'text/plain',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
  'application/gzip',
  'application/x-gzip',
]);

/** The form the content type names, or undefined when the body must tell. Throws RequestError 415. */
export function readContentType(header: string | undefined): 'ndjson' | undefined {
  const [type = '', ...parameters] = (header ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw new RequestError(
      415,
      'unsupported_charset',
      `The charset ${charset.slice(0, 40)} is not read here: send UTF-8.`,
    );
  }
  if (LINES.has(type)) return 'ndjson';
  if (LOOKED_AT.has(type) || /^application\/[\w.-]+\+json$/.test(type)) return undefined;
  throw new RequestError(
    415,
    'unsupported_type',
    `Events come as application/json or application/x-ndjson, not as ${type.slice(0, 80)}.`,
  );
}

const ENCODING_NAMES: Readonly<Record<string, ContentEncoding>> = {
  '': '',
  identity: '',
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
  zstd: 'zstd',
};

/** The encoding the header names. Throws RequestError 415 for one that cannot be undone here. */
export function readContentEncoding(header: string | undefined): ContentEncoding {
  const name = (header ?? '').trim().toLowerCase();
  const encoding = ENCODING_NAMES[name];
  if (encoding !== undefined && (encoding === '' || CONTENT_ENCODINGS.includes(encoding))) return encoding;
  throw new RequestError(
    415,
    'unsupported_encoding',
    `The content encoding ${JSON.stringify(name.slice(0, 80))} is not read here: send ${CONTENT_ENCODINGS.join(', ')}, or none.`,
  );
}

const isGzip = (body: Uint8Array): boolean => body[0] === 0x1f && body[1] === 0x8b;
const isZstd = (body: Uint8Array): boolean =>
  body[0] === 0x28 && body[1] === 0xb5 && body[2] === 0x2f && body[3] === 0xfd;
/** JSON cannot begin with "x", zlib streams do. */
const isZlib = (body: Uint8Array): boolean =>
  body[0] === 0x78 && body.length > 2 && ((body[0] << 8) | body[1]!) % 31 === 0;

/** The encoding of a body whose header names none: clients and proxies forget it. */
export function sniffEncoding(body: Uint8Array): ContentEncoding {
  if (isGzip(body)) return 'gzip';
  if (isZlib(body)) return 'deflate';
  return isZstd(body) && CONTENT_ENCODINGS.includes('zstd') ? 'zstd' : '';
}

const OPEN_BRACE = 0x7b;
const NEWLINE = 0x0a;

/** Whether inflated bytes are events one a line: the first line alone is an object, and something follows. */
export function sniffFormat(bytes: Uint8Array): PayloadFormat {
  const start = skipBlank(bytes, 0);
  if (bytes[start] !== OPEN_BRACE) return 'events';
  const newline = bytes.indexOf(NEWLINE, start);
  if (newline === -1 || newline - start > EVENT_BYTES_MAX || skipBlank(bytes, newline) === bytes.length)
    return 'events';
  try {
    JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, newline - start).toString());
    return 'ndjson';
  } catch {
    return 'events';
  }
}

const readText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();

/**
 * What may carry a body's key: the document, the first event of a list, or the event on the first line. Undefined when that is
 * not JSON.
 */
export function readKeyCarrier(bytes: Uint8Array): unknown {
  const text = readText(bytes).trimStart();
  for (const document of [text, text.split('\n', 1)[0]!]) {
    try {
      const body: unknown = JSON.parse(document);
      return Array.isArray(body) ? body[0] : body;
    } catch {
      // Not one document: events one a line, or no JSON at all.
    }
  }
  return undefined;
}

const FORM_START = Buffer.from('data=');

/**
 * What a form carries as `data`, in base64 or as it is: so PostHog's browser client sends until it was told that it may compress.
 * Undefined when the body is no such form.
 */
export function readForm(bytes: Uint8Array): Uint8Array | undefined {
  if (!FORM_START.equals(bytes.subarray(0, FORM_START.length))) return undefined;
  const data = new URLSearchParams(readText(bytes)).get('data') ?? '';
  // A plus that was not percent-encoded reads as a blank.
  return /^\s*[[{]/.test(data) ? Buffer.from(data) : Buffer.from(data.replaceAll(' ', '+'), 'base64');
}
