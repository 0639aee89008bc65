/**
 * Receives one request's body within limits: its size, the speed at which it must come, and the memory all bodies
 * together may take. The transport pushes chunks; whoever serves the request reads the whole once.
 *
 *   open        chunks are kept, up to the reader's limit (before there is a reader: the declared one is not yet known)
 *   complete    the last chunk came; the body is the reader's
 *   failed      a limit was broken or the client left; the reader has the error, chunks are thrown away
 *   discarding  the request was answered; what still comes is thrown away (node: up to a limit, then the connection closes)
 *
 *   open --last chunk--> complete          open --limit, client gone--> failed
 *   open, failed --discard()--> discarding          any --release()--> discarding
 *
 * One timer for all intakes of a transport looks several times a window which of them came too slowly: a timer for each
 * request would cost more than most requests.
 */
import { RequestError } from '../../errors.js';
import { httpReceivingBytes } from '../../telemetry/metrics.js';
import { ClientGoneError, type TransportLimits } from './exchange.js';

/** What a client should wait when too many bodies are being received. */
const BUSY_RETRY_S = 2;
/** How often slow bodies are looked for. */
const SWEEPS_IN_WINDOW = 8;

const NOTHING = new Uint8Array(0);

const formatBytes = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${Math.floor(bytes / (1024 * 1024))} MB` : `${Math.floor(bytes / 1024)} kB`;

const refuseSize = (bytesMax: number): RequestError =>
  new RequestError(
    413,
    'body_too_large',
    `The body is larger than ${formatBytes(bytesMax)}, the most this route takes: send it in smaller parts.`,
  );

const refuseSpeed = ({ windowBytesMin, windowMs }: TransportLimits): RequestError =>
  new RequestError(
    408,
    'body_too_slow',
    `The body stopped or came too slowly: less than ${formatBytes(windowBytesMin)} of it in ${windowMs / 1_000} s, and more was announced. Nothing of it was taken.`,
  );

const refuseBusy = (): RequestError =>
  new RequestError(
    503,
    'too_many_bodies',
    'Too many request bodies are being received at this moment: send it again shortly.',
    [],
    { retryAfterS: BUSY_RETRY_S },
  );

/** What all intakes of one transport share: the limits, the memory, and who is still receiving. */
export interface IntakeDesk {
  readonly limits: TransportLimits;
  readonly receiving: Set<Intake>;
  /** Takes or gives back memory. */
  hold(bytes: number): void;
  /** Whether so much more may be held. */
  hasRoom(bytes: number): boolean;
  /** `declaredBytes` is Content-Length, or undefined when it is not known. */
  open(declaredBytes: number | undefined): Intake;
  close(): void;
}

/** The limits and the timer shared by one transport's requests. */
export function createIntakeDesk(limits: TransportLimits): IntakeDesk {
  const receiving = new Set<Intake>();
  let heldBytes = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    for (const intake of receiving) intake.check(now);
  }, limits.windowMs / SWEEPS_IN_WINDOW);
  timer.unref();
  const desk: IntakeDesk = {
    limits,
    receiving,
    hold(bytes) {
      heldBytes += bytes;
      httpReceivingBytes.set(heldBytes);
    },
    hasRoom: (bytes) => heldBytes + bytes <= limits.receivingBytesMax,
    open: (declaredBytes) => new Intake(desk, declaredBytes),
    close: () => clearInterval(timer),
  };
  return desk;
}

export class Intake {
  private state: 'open' | 'complete' | 'failed' | 'discarding' = 'open';
  private chunks: Uint8Array[] = [];
  /** Bytes of `chunks`, all of them held at the desk. */
  private bytes = 0;
  private bytesMax = Number.POSITIVE_INFINITY;
  /** Why the state is `failed`. */
  private failure: Error | undefined;
  /** The reader, once there is one. */
  private reader: { resolve(body: Uint8Array): void; reject(error: Error): void } | undefined;
  private windowStart = 0;
  private windowBytes = 0;
  private discarded = 0;
  /** As of the last look; a client that sent nothing since then has heard its answer, or never will. */
  private discardedBefore = -1;
  private discardUntil = 0;
  private discardDone: (() => void) | undefined;

  constructor(
    private readonly desk: IntakeDesk,
    private readonly declaredBytes: number | undefined,
  ) {}

  /** Whether the body is still coming in. */
  get isReceiving(): boolean {
    return this.state === 'open' || this.state === 'failed';
  }

  /** The whole body. Rejects with RequestError 413, 408, 503, or ClientGoneError. Called once. */
  read(bytesMax: number): Promise<Uint8Array> {
    this.bytesMax = bytesMax;
    if (this.state === 'open' && Math.max(this.bytes, this.declaredBytes ?? 0) > bytesMax) {
      this.fail(refuseSize(bytesMax));
    }
    if (this.failure) return Promise.reject(this.failure);
    if (this.state === 'complete') return Promise.resolve(this.collect());
    return new Promise((resolve, reject) => {
      this.reader = { resolve, reject };
    });
  }

  /** Takes a chunk; it is copied. */
  push(chunk: Uint8Array, isLast: boolean): void {
    if (this.state === 'open') this.receive(chunk, isLast);
    else if (this.state === 'discarding') {
      this.discarded += chunk.length;
      if (isLast || this.discarded > this.desk.limits.discardBytesMax) this.finishDiscard();
    } else if (isLast) {
      this.desk.receiving.delete(this);
      this.state = 'complete';
    }
  }

  /** A request without a body. */
  pushNothing(): void {
    this.push(NOTHING, true);
  }

  /** The client left. */
  abort(): void {
    this.desk.receiving.delete(this);
    this.discardDone = undefined;
    this.fail(new ClientGoneError());
  }

  /** Throws away what still comes; `done` is called when all came or the limit of patience is reached. */
  discard(done: () => void): void {
    this.drop();
    this.state = 'discarding';
    this.discardDone = done;
    this.discardUntil = performance.now() + this.desk.limits.discardMs;
    this.desk.receiving.add(this);
  }

  /** Frees what the body holds. Called once the exchange has ended; late chunks are thrown away. */
  release(): void {
    this.state = 'discarding';
    this.desk.receiving.delete(this);
    this.drop();
  }

  /** The desk's look at a body that is not complete. */
  check(now: number): void {
    if (this.state === 'discarding') {
      if (now >= this.discardUntil || this.discarded === this.discardedBefore) this.finishDiscard();
      this.discardedBefore = this.discarded;
      return;
    }
    const { limits } = this.desk;
    if (now - this.windowStart < limits.windowMs) return;
    if (this.windowBytes < limits.windowBytesMin) this.fail(refuseSpeed(limits));
    this.windowStart = now;
    this.windowBytes = 0;
  }

  private receive(chunk: Uint8Array, isLast: boolean): void {
    if (chunk.length > 0) this.keep(chunk);
    if (!isLast) {
      if (this.desk.receiving.has(this)) return;
      this.windowStart = performance.now();
      this.desk.receiving.add(this);
      return;
    }
    this.desk.receiving.delete(this);
    if (this.state !== 'open') return;
    this.state = 'complete';
    this.reader?.resolve(this.collect());
  }

  private keep(chunk: Uint8Array): void {
    if (this.bytes + chunk.length > this.bytesMax) this.fail(refuseSize(this.bytesMax));
    else if (!this.desk.hasRoom(chunk.length)) this.fail(refuseBusy());
    else {
      this.desk.hold(chunk.length);
      this.bytes += chunk.length;
      this.windowBytes += chunk.length;
      this.chunks.push(Buffer.from(chunk));
    }
  }

  private collect(): Uint8Array {
    if (this.chunks.length !== 1) this.chunks = [Buffer.concat(this.chunks, this.bytes)];
    return this.chunks[0]!;
  }

  private fail(error: Error): void {
    if (this.state !== 'open') return;
    this.state = 'failed';
    this.failure = error;
    this.drop();
    this.reader?.reject(error);
  }

  private drop(): void {
    this.desk.hold(-this.bytes);
    this.bytes = 0;
    this.chunks = [];
  }

  private finishDiscard(): void {
    this.desk.receiving.delete(this);
    const done = this.discardDone;
    this.discardDone = undefined;
    done?.();
  }
}
