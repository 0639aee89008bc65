/** Answers of JSON as small as the client can take them. */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

/** Smaller answers fit a packet and are sent as they are. */
const COMPRESS_BYTES = 1_024;
/** Larger ones would keep a thread of the pool for seconds. */
const COMPRESS_BYTES_MAX = 32 * 1024 * 1024;
/** Quick ones of either: some 10 ms a megabyte, to a fifth or less. */
const GZIP_LEVEL = 4;
const BROTLI_QUALITY = 3;

type Encoding = 'br' | 'gzip';

/** The better of what `Accept-Encoding` allows; a quality of 0 forbids one. */
export function chooseEncoding(accepted: string | undefined): Encoding | undefined {
  const allowed = new Set<string>();
  for (const one of (accepted ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = one.split(';').map((part) => part.trim());
    if (!parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) allowed.add(name);
  }
  return (['br', 'gzip'] as const).find((name) => allowed.has(name));
}

const isJson = (headers: Readonly<Record<string, string>>): boolean =>
  /^application\/(?:[\w.]+\+)?json\b/.test(headers['content-type'] ?? '') &&
  headers['content-encoding'] === undefined;

/** A whole answer, compressed when that is worth it. `headers` in lower case are told by the app. */
export async function compressAnswer(
  accepted: string | undefined,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Promise<{ headers: Readonly<Record<string, string>>; body: Uint8Array }> {
  if (body.length <= COMPRESS_BYTES || body.length > COMPRESS_BYTES_MAX || !isJson(headers))
    return { headers, body };
  const varied = { ...headers, vary: headers.vary ? `${headers.vary}, accept-encoding` : 'accept-encoding' };
  const encoding = chooseEncoding(accepted);
  if (encoding === undefined) return { headers: varied, body };
  const compressed =
    encoding === 'br'
      ? await compressBrotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } })
      : await compressGzip(body, { level: GZIP_LEVEL });
  return { headers: { ...varied, 'content-encoding': encoding }, body: compressed };
}
