/**
 * What a transport owes the rest of http. There are two: uWebSockets.js, and node:http where its native part does not load. Both
 * turn a request into an Exchange and hand it to one `serve` function; everything that decides anything is on this side
 * of that function, so the two cannot differ in more than speed.
 *
 * The life of an exchange: `serve(exchange)` is called as soon as the head is there. The body is being received meanwhile, in
 * a BodyIntake (intake.ts), which also holds the limits. `readBody` may be called once, and only from within `serve`
 * before it first waits for anything. Exactly one `reply` or `replyStream` ends it; replying while the body is still
 * on its way discards the rest and closes the connection.
 */

export interface RequestHead {
  /** Upper case. */
  readonly method: string;
  /** As it came: percent-encoded, without the query. */
  readonly path: string;
  /** Without its question mark; empty when there is none. */
  readonly query: string;
  /** Names in lower case; several values of one name are joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  /** The client's address: the socket's, or the one trusted proxies report. */
  readonly address: string;
  /** Whether a body was announced. */
  readonly hasBody: boolean;
}

export interface Reply {
  status: number;
  /** Without Content-Length, Date, Connection and Transfer-Encoding, which are the transport's. */
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array;
}

export interface StreamReply {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: ReadableStream<Uint8Array>;
}

export interface Exchange {
  readonly head: RequestHead;
  /**
   * The whole body. Rejects with RequestError: 413 as soon as it is larger than `bytesMax`, 408 when it stops coming,
   * 503 when too many bodies are being received; with ClientGoneError when the client left.
   */
  readBody(bytesMax: number): Promise<Uint8Array>;
  /** Answers. Nothing happens when the client is gone. */
  reply(reply: Reply): void;
  /** Answers piece by piece, no faster than the client reads. Resolves when all is sent or the client is gone. */
  replyStream(reply: StreamReply): Promise<void>;
  /** Aborted when the client leaves before it has its answer. */
  readonly signal: AbortSignal;
}

/** Answers an exchange. Never throws, never rejects. */
export type Serve = (exchange: Exchange) => void;

/** The client closed the connection. There is nobody to tell. */
export class ClientGoneError extends Error {
  constructor() {
    super('the client closed the connection');
    this.name = 'ClientGoneError';
  }
}

/** A WebSocket as the transport gives it; after its end nothing happens. */
export interface Wire {
  send(text: string): void;
  /** Bytes that were sent and not yet taken by the system. */
  readonly buffered: number;
  /** Ends the socket with a code and a reason the client sees. */
  close(code: number, reason: string): void;
}

/** What a socket brings. */
export interface SocketHandler {
  receive(bytes: Uint8Array, isBinary: boolean): void;
  /** What was buffered has gone out, or much of it. */
  drained(): void;
  closed(): void;
}

export interface SocketGrant {
  /** The subprotocol that was chosen of those offered. */
  protocol: string | undefined;
  accept(wire: Wire): SocketHandler;
}

/** Requests for a WebSocket: one path. */
export interface SocketServe {
  readonly path: string;
  /** Grants a socket, or answers why not. Never rejects. */
  open(head: RequestHead): Promise<SocketGrant | Reply>;
}

/** Bytes of one message that the transport takes in before whoever serves the socket may refuse it with a reason. */
export const SOCKET_MESSAGE_BYTES_MAX = 2 * 1024 * 1024;
/** Bytes that may wait for one socket: whoever serves it stops long before; this is the net. */
export const SOCKET_BUFFER_BYTES_MAX = 4 * 1024 * 1024;

export interface TransportOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  serve: Serve;
  sockets?: SocketServe;
  /** How many proxies in front of us are trusted to report the client's address in X-Forwarded-For. */
  trustedProxies: number;
  limits: TransportLimits;
}

export interface TransportLimits {
  /** A socket whose client answers no ping for so long is dropped. uWebSockets.js knows multiples of 4 s, from 8 s on. */
  socketIdleMs: number;
  /** A body that is not complete must bring at least `windowBytesMin` in every window of this length. */
  windowMs: number;
  windowBytesMin: number;
  /** Bytes of bodies in memory, of all requests together. */
  receivingBytesMax: number;
  /** How much of a refused body is read and thrown away, so that a client that only listens when it has sent all hears why. */
  discardBytesMax: number;
  discardMs: number;
}

/**
 * uWebSockets.js closes, without a word, a connection whose body comes slower than 16 kB/s over ten to twelve seconds. The window
 * is shorter, so that the client gets a 408 first; node:http keeps to the same.
 */
export const TRANSPORT_LIMITS: TransportLimits = {
  socketIdleMs: 60_000,
  windowMs: 8_000,
  windowBytesMin: 128 * 1024,
  receivingBytesMax: 512 * 1024 * 1024,
  discardBytesMax: 256 * 1024 * 1024,
  discardMs: 10_000,
};

/** Bytes of request line and headers together. uWebSockets.js reads UWS_HTTP_MAX_HEADERS_SIZE when it is loaded. */
export const HEAD_BYTES_MAX = 32 * 1024;
/** An idle kept-alive connection is closed after this: uWebSockets.js's own figure, and not changeable there. */
export const KEEP_ALIVE_MS = 10_000;

export interface Transport {
  readonly name: 'uws' | 'node';
  readonly port: number;
  /** Stops accepting, lets what is running finish for at most `graceMs`, then closes everything. */
  stop(graceMs: number): Promise<void>;
}

/** The address of the client: the entry of X-Forwarded-For that the outermost trusted proxy wrote, else the socket's. */
export function findClientAddress(
  socketAddress: string,
  forwardedFor: string | undefined,
  trustedProxies: number,
): string {
  if (trustedProxies === 0 || !forwardedFor) return socketAddress;
  const reported = forwardedFor.split(',').map((address) => address.trim());
  return reported[Math.max(0, reported.length - trustedProxies)] || socketAddress;
}
