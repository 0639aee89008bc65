/**
 * An answer in the making. Bytes are held back until there are HOLD_BYTES of them or the statement ended, whichever is
 * first: until then a failure still gets its own status and an empty slate; after it, the failure is written into the
 * stream the way ClickHouse does (a tagged block that its clients look for) and the connection is broken off, so that
 * no reader can take the result for a whole one.
 */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Transform, Writable } from 'node:stream';
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import { createFailure, type Failure } from './failure.js';
import { describeFormat } from './format.js';
import { HOLD_BYTES, STALL_TIMEOUT_MS } from './limits.js';
import type { EngineRequest } from './request.js';

export interface Summary {
  read_rows: number;
  read_bytes: number;
  written_rows: number;
  written_bytes: number;
  result_rows: number;
  result_bytes: number;
  elapsed_ns: number;
}

export interface Answer {
  readonly started: boolean;
  /** Announces the format of what comes; before the first byte. */
  setFormat(format: string): void;
  /** Says how the statement went and how long its result is, where that is known before the first byte. */
  announce(summary: Summary, bytes: number): void;
  /** Takes bytes; resolves when the client can take more. Throws 210 when it does not take any for too long. */
  write(chunk: Uint8Array): Promise<void>;
  /** Hands over what is left; the client may still be reading it when this resolves. */
  end(summary?: Summary): Promise<void>;
  fail(failure: Failure): Promise<void>;
}

/** How long a client may keep an idle connection, in seconds, as ClickHouse tells it. */
export const KEEP_ALIVE_S = 10;

/** Brotli at its fastest levels; the default one takes a hundred times longer. */
const BROTLI_QUALITY = 2;

const formatSummary = (summary: Summary): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries({ ...summary, total_rows_to_read: 0 }).map(([name, n]) => [name, String(n)]),
    ),
  );

function chooseEncoding(request: EngineRequest): string | undefined {
  if (!request.compressAnswer) return undefined;
  const accepted = request.acceptEncoding.split(',').map((part) => part.trim().split(';')[0]);
  return ['gzip', 'deflate', 'br'].find((encoding) => accepted.includes(encoding));
}

function createEncoder(encoding: string, level: number): Transform {
  if (encoding === 'gzip') return createGzip({ level });
  if (encoding === 'deflate') return createDeflate({ level });
  return createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } });
}

const waitForDrain = (target: Writable, response: ServerResponse): Promise<void> =>
  new Promise((resolve, reject) => {
    const settle = (error?: Failure): void => {
      clearTimeout(timer);
      target.off('drain', onDrain);
      response.off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    const onDrain = (): void => settle();
    const onClose = (): void => settle(createFailure(210, 'The client closed the connection.'));
    const timer = setTimeout(
      () => settle(createFailure(209, `The client took no data for ${STALL_TIMEOUT_MS} ms.`)),
      STALL_TIMEOUT_MS,
    );
    target.once('drain', onDrain);
    response.once('close', onClose);
    if (response.destroyed) onClose();
  });

const printExceptionBlock = (tag: string, message: string): string =>
  `\r\n__exception__\r\n${tag}\r\n${message}\n${Buffer.byteLength(message) + 1} ${tag}\r\n__exception__\r\n`;

export function createAnswer(
  response: ServerResponse,
  facts: { version: string; timezone: string; queryId: string },
): Answer & { accept(request: EngineRequest): void } {
  const tag = randomBytes(8).toString('hex');
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let request: EngineRequest | undefined;
  let target: Writable = response;
  let started = false;

  response.setHeader('X-ClickHouse-Server-Display-Name', 'weir');
  response.setHeader('X-ClickHouse-Query-Id', facts.queryId);
  response.setHeader('X-ClickHouse-Timezone', facts.timezone);
  response.setHeader('X-ClickHouse-Exception-Tag', tag);

  async function push(chunk: Uint8Array): Promise<void> {
    if (response.destroyed) throw createFailure(210, 'The client closed the connection.');
    if (!target.write(chunk)) await waitForDrain(target, response);
  }

  async function start(): Promise<void> {
    started = true;
    response.statusCode = 200;
    const encoding = request && chooseEncoding(request);
    if (encoding && request) {
      response.setHeader('Content-Encoding', encoding);
      const encoder = createEncoder(encoding, request.zlibLevel);
      encoder.pipe(response);
      response.once('close', () => encoder.destroy());
      target = encoder;
    }
    for (const chunk of held) await push(chunk);
    held = [];
  }

  function announce(summary: Summary, bytes: number): void {
    response.setHeader('X-ClickHouse-Summary', formatSummary(summary));
    if (!request || !chooseEncoding(request)) response.setHeader('Content-Length', bytes);
  }

  return {
    get started() {
      return started;
    },
    accept(accepted) {
      request = accepted;
    },
    setFormat(format) {
      response.setHeader('X-ClickHouse-Format', format);
      response.setHeader('Content-Type', describeFormat(format));
    },
    async write(chunk) {
      if (started) return push(chunk);
      held.push(chunk);
      heldBytes += chunk.length;
      if (heldBytes > HOLD_BYTES) await start();
    },
    announce,
    async end(summary) {
      if (!started) {
        if (summary) announce(summary, heldBytes);
        await start();
      }
      target.end();
    },
    async fail(failure) {
      const message = `${failure.message} (version ${facts.version} (official build))\n`;
      if (!started) {
        started = true;
        held = [];
        response.statusCode = failure.status;
        response.setHeader('X-ClickHouse-Exception-Code', failure.code);
        response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
        response.setHeader('Content-Length', Buffer.byteLength(message));
        response.end(message);
        return;
      }
      if (response.destroyed) return;
      // Not ended: a chunked answer without its last chunk is a broken one for every reader.
      await push(Buffer.from(printExceptionBlock(tag, message.trimEnd()))).catch(() => {});
      if (target !== response && 'flush' in target && typeof target.flush === 'function')
        await new Promise<void>((resolve) =>
          (target as ReturnType<typeof createGzip>).flush(() => resolve()),
        );
      response.socket?.destroySoon();
    },
  };
}
