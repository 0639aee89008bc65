/**
 * Receives one request's body within limits: its size, the speed at which it must come, and the memory all bodies
 * together may take. The transport pushes chunks; whoever serves the request reads the whole once.
 *
 *   open        chunks are kept, up to the reader's limit (before there is a reader: the declared one is not yet known)
 *   complete    the last chunk came; the body is the reader's
 *   failed      a limit was broken or the client left; the reader has the error, chunks are thrown away
 *   discarding  the request was answered; what still comes is thrown away (node: up to a limit, then the connection closes)
 *
 * One timer for all intakes of a transport looks every second which of them came too slowly: a timer for each request
 * would cost more than most requests.
 */
import { RequestError } from '../../errors.js';
import { httpReceivingBytes } from '../../telemetry/metrics.js';
import { ClientGoneError, type TransportLimits } from './exchange.js';

/** What a client should wait when too many bodies are being received. */
const BUSY_RETRY_S = 2;
/** How often slow bodies are looked for. */
const SWEEP_INTERVALS_IN_WINDOW = 8;

type State = 'open' | 'complete' | 'failed' | 'discarding';

export interface Intake {
  /** Takes a chunk; it is copied. Returns false when nothing more is wanted and the connection should be closed now. */
  push(chunk: Uint8Array, isLast: boolean): boolean;
  /** The client left. */
  abort(): void;
  read(bytesMax: number): Promise<Uint8Array>;
  /** Throws away what still comes; `done` is called when all came or the limit of patience is reached. */
  discard(done: () => void): void;
  /** Whether the body is still coming in. */
  readonly isReceiving: boolean;
  /** Frees what the body holds of the shared budget. Called once the exchange has ended. */
  release(): void;
}

export interface IntakeDesk {
  /** `declaredBytes` is Content-Length, or undefined when it is not known. */
  open(declaredBytes: number | undefined): Intake;
  close(): void;
}

const formatBytes = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${Math.floor(bytes / (1024 * 1024))} MB` : `${Math.floor(bytes / 1024)} kB`;

function refuseSize(bytesMax: number): RequestError {
  return new RequestError(
    413,
    'body_too_large',
    `The body is larger than ${formatBytes(bytesMax)}, the most this route takes: send it in smaller parts.`,
  );
}

/** The limits and the timer shared by one transport's requests. */
export function createIntakeDesk(limits: TransportLimits): IntakeDesk {
  const receiving = new Set<{ check(now: number): void }>();
  let heldBytes = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    for (const intake of receiving) intake.check(now);
  }, limits.windowMs / SWEEP_INTERVALS_IN_WINDOW);
  timer.unref();

  const hold = (bytes: number): void => {
    heldBytes += bytes;
    httpReceivingBytes.set(heldBytes);
  };

  function open(declaredBytes: number | undefined): Intake {
    let state: State = 'open';
    let chunks: Uint8Array[] = [];
    let bytes = 0;
    let bytesMax = Number.POSITIVE_INFINITY;
    let failure: Error | undefined;
    let settle: { resolve(body: Uint8Array): void; reject(error: Error): void } | undefined;
    let windowStart = 0;
    let windowBytes = 0;
    let discarded = 0;
    /** As of the last look; a client that sent nothing since then has heard its answer, or never will. */
    let discardedBefore = -1;
    let discardUntil = 0;
    let discardDone: (() => void) | undefined;

    const self = { check };

    function fail(error: Error): void {
      if (state !== 'open') return;
      state = 'failed';
      failure = error;
      drop();
      settle?.reject(error);
    }

    function drop(): void {
      hold(-bytes);
      bytes = 0;
      chunks = [];
    }

    function finishDiscard(): void {
      receiving.delete(self);
      const done = discardDone;
      discardDone = undefined;
      done?.();
    }

    function check(now: number): void {
      if (state === 'discarding') {
        if (now >= discardUntil || discarded === discardedBefore) finishDiscard();
        discardedBefore = discarded;
        return;
      }
      if (now - windowStart < limits.windowMs) return;
      if (windowBytes < limits.windowBytesMin) {
        fail(
          new RequestError(
            408,
            'body_too_slow',
            `The body stopped or came too slowly: less than ${formatBytes(limits.windowBytesMin)} of it in ${limits.windowMs / 1_000} s, and more was announced. Nothing of it was taken.`,
          ),
        );
      }
      windowStart = now;
      windowBytes = 0;
    }

    function collect(): Uint8Array {
      if (chunks.length === 1) return chunks[0]!;
      const body = Buffer.concat(chunks, bytes);
      chunks = [body];
      return body;
    }

    function keep(chunk: Uint8Array): void {
      if (bytes + chunk.length > bytesMax) {
        fail(refuseSize(bytesMax));
        return;
      }
      if (heldBytes + chunk.length > limits.receivingBytesMax) {
        fail(
          new RequestError(
            503,
            'too_many_bodies',
            'Too many request bodies are being received at this moment: send it again shortly.',
            [],
            {
              retryAfterS: BUSY_RETRY_S,
            },
          ),
        );
        return;
      }
      hold(chunk.length);
      bytes += chunk.length;
      windowBytes += chunk.length;
      chunks.push(Buffer.from(chunk));
    }

    return {
      push(chunk, isLast) {
        if (state === 'open') {
          if (chunk.length > 0) keep(chunk);
          if (isLast) {
            receiving.delete(self);
            if (state === 'open') {
              state = 'complete';
              settle?.resolve(collect());
            }
          } else if (!receiving.has(self)) {
            windowStart = performance.now();
            receiving.add(self);
          }
        } else if (state === 'discarding') {
          discarded += chunk.length;
          if (isLast || discarded > limits.discardBytesMax) finishDiscard();
        } else if (isLast) {
          receiving.delete(self);
          state = 'complete';
        }
        return state !== 'discarding' || discardDone !== undefined;
      },
      abort() {
        receiving.delete(self);
        discardDone = undefined;
        fail(new ClientGoneError());
      },
      read(max) {
        bytesMax = max;
        if (state === 'open' && (bytes > max || (declaredBytes ?? 0) > max)) fail(refuseSize(max));
        if (failure) return Promise.reject(failure);
        if (state === 'complete') return Promise.resolve(collect());
        return new Promise((resolve, reject) => {
          settle = { resolve, reject };
        });
      },
      discard(done) {
        drop();
        state = 'discarding';
        discardDone = done;
        discardUntil = performance.now() + limits.discardMs;
        receiving.add(self);
      },
      get isReceiving() {
        return state === 'open' || state === 'failed';
      },
      release() {
        // Late chunks of a body that was answered early are thrown away.
        state = 'discarding';
        receiving.delete(self);
        drop();
      },
    };
  }

  return { open, close: () => clearInterval(timer) };
}
