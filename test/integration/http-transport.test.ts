/** The contract of both transports: whatever is true of one is true of the other. */
import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { RequestError } from '../../src/errors.js';
import {
  ClientGoneError,
  type Exchange,
  HEAD_BYTES_MAX,
  type Serve,
  TRANSPORT_LIMITS,
  type Transport,
  type TransportLimits,
} from '../../src/http/transport/exchange.js';
import { openTransport } from '../../src/http/transport/open.js';
import { createLogger } from '../../src/telemetry/log.js';
import { httpReceivingBytes } from '../../src/telemetry/metrics.js';
import { openRaw, type RawConnection } from '../support/raw-http.js';

const CAP = 1024;
const TEXT = { 'Content-Type': 'text/plain' };

/** Answers with what it understood of the request; refuses what readBody refuses. */
const echo: Serve = (exchange) => {
  const { head } = exchange;
  exchange.readBody(CAP).then(
    (body) =>
      exchange.reply({
        status: 200,
        headers: TEXT,
        body: JSON.stringify({
          method: head.method,
          path: head.path,
          query: head.query,
          address: head.address,
          custom: head.headers.get('x-custom') ?? null,
          hasBody: head.hasBody,
          bytes: body.length,
          text: Buffer.from(body).toString(),
        }),
      }),
    (error: Error) => {
      if (!(error instanceof RequestError)) return;
      exchange.reply({ status: error.status, headers: TEXT, body: error.code });
    },
  );
};

let transport: Transport | undefined;
const raws: RawConnection[] = [];

afterEach(async () => {
  for (const raw of raws.splice(0)) raw.end();
  await transport?.stop(1_000);
  transport = undefined;
});

describe.each(['uws', 'node'] as const)('the %s transport', (name) => {
  async function open(
    serve: Serve,
    { limits = {}, trustedProxies = 0 }: { limits?: Partial<TransportLimits>; trustedProxies?: number } = {},
  ): Promise<string> {
    transport = await openTransport(
      name,
      { host: '127.0.0.1', port: 0, serve, trustedProxies, limits: { ...TRANSPORT_LIMITS, ...limits } },
      createLogger('test'),
    );
    expect(transport.name).toBe(name);
    return `http://127.0.0.1:${transport.port}`;
  }

  function raw(url: string): RawConnection {
    const connection = openRaw(url);
    raws.push(connection);
    return connection;
  }

  it('hands over method, path, query, headers and body as they came', async () => {
    const url = await open(echo);
    const response = await fetch(`${url}/a%20b/c?x=1&y=%7E`, {
      method: 'POST',
      headers: { 'X-Custom': 'ja' },
      body: 'hello',
    });
    expect(await response.json()).toEqual({
      method: 'POST',
      path: '/a%20b/c',
      query: 'x=1&y=%7E',
      address: '127.0.0.1',
      custom: 'ja',
      hasBody: true,
      bytes: 5,
      text: 'hello',
    });
    expect(response.headers.get('content-type')).toBe('text/plain');
  });

  it('reads a chunked body whole', async () => {
    const url = await open(echo);
    const connection = raw(url);
    await connection.write('POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    await connection.write('2\r\nde\r\n0\r\n\r\n');
    expect(await connection.waitFor(/\}$/)).toContain('"text":"abcde"');
  });

  it('serves many requests on one connection', async () => {
    const url = await open(echo);
    const connection = raw(url);
    await connection.write('POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none');
    await connection.waitFor(/"one"/);
    await connection.write('GET /2 HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await connection.waitFor(/"\/2"/)).toContain('"hasBody":false');
  });

  it('answers HEAD with the length and without the body', async () => {
    const url = await open((exchange) =>
      exchange.reply({ status: 200, headers: TEXT, body: 'twelve bytes' }),
    );
    const response = await fetch(url, { method: 'HEAD' });
    expect(response.headers.get('content-length')).toBe('12');
    expect(await response.text()).toBe('');
  });

  it('goes on serving a connection after HEAD', async () => {
    const url = await open((exchange) =>
      exchange.reply({ status: 200, headers: TEXT, body: `${exchange.head.path} is here` }),
    );
    const connection = raw(url);
    await connection.write('HEAD /1 HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await connection.waitFor(/\r\n\r\n/)).toMatch(/^content-length: 10\r$/im);
    await connection.write('GET /2 HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await connection.waitFor(/is here/)).toContain('/2 is here');
  });

  it('asks a client that expects 100-continue to go on', async () => {
    const url = await open(echo);
    const asked = request(url, { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': 5 } });
    asked.flushHeaders();
    await once(asked, 'continue');
    asked.end('hello');
    const [response] = (await once(asked, 'response')) as [AsyncIterable<Buffer>];
    let text = '';
    for await (const chunk of response) text += chunk;
    expect(text).toContain('"bytes":5');
  });

  it('refuses a body that is announced too large before it comes', async () => {
    const url = await open(echo);
    const connection = raw(url);
    await connection.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${CAP + 1}\r\n\r\n`);
    const answer = await connection.waitFor(/body_too_large/);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toMatch(/connection: close/i);
  });

  it('refuses a chunked body as soon as it is too large', async () => {
    const url = await open(echo);
    const connection = raw(url);
    await connection.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
    await connection.write(chunk + chunk);
    expect(await connection.waitFor(/body_too_large/)).toMatch(/^HTTP\/1.1 413 /);
  });

  it.each(['keep-alive', 'close'])(
    'tells a client that sends 100 MB before it listens why they were refused, and does not keep them (%s)',
    async (wish) => {
      const url = await open(echo);
      const connection = raw(url);
      connection.socket.pause();
      await connection.write(
        `POST / HTTP/1.1\r\nHost: x\r\nConnection: ${wish}\r\nContent-Length: 100000000\r\n\r\n`,
      );
      const part = Buffer.alloc(1_000_000, 0x20);
      let most = 0;
      for (let i = 0; i < 100; i++) {
        expect(await connection.write(part)).toBe(true);
        const held = await httpReceivingBytes.get();
        most = Math.max(most, held.values[0]?.value ?? 0);
      }
      connection.socket.resume();
      expect(await connection.waitFor(/body_too_large/)).toMatch(/^HTTP\/1.1 413 /);
      expect(most).toBeLessThanOrEqual(CAP);
    },
  );

  it('answers 408 to half a body and silence, and closes', async () => {
    const url = await open(echo, { limits: { windowMs: 200 } });
    const connection = raw(url);
    await connection.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it');
    const answer = await connection.closed;
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain('body_too_slow');
  });

  it('answers 408 to a body that trickles', async () => {
    const url = await open(echo, { limits: { windowMs: 300 } });
    const connection = raw(url);
    await connection.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n');
    const timer = setInterval(() => connection.socket.write('x'), 50);
    const answer = await connection.closed;
    clearInterval(timer);
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
  });

  it('answers 503 when all bodies together would take too much memory', async () => {
    const url = await open(echo, { limits: { receivingBytesMax: 1_500 } });
    const waiting = raw(url);
    await waiting.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n${'x'.repeat(1_000)}`);
    const refused = await fetch(url, { method: 'POST', body: 'y'.repeat(800) });
    expect([refused.status, await refused.text()]).toEqual([503, 'too_many_bodies']);
    await waiting.write('x');
    expect(await waiting.waitFor(/\}$/)).toContain('"bytes":1001');
    const taken = await fetch(url, { method: 'POST', body: 'y'.repeat(800) });
    expect(taken.status).toBe(200);
  });

  it('tells whoever reads the body that the client left', async () => {
    let outcome: Promise<unknown> | undefined;
    let started: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      started = resolve;
    });
    const url = await open((exchange) => {
      outcome = exchange.readBody(CAP).catch((error: unknown) => error);
      started();
    });
    const connection = raw(url);
    await connection.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf');
    await begun;
    connection.end();
    expect(await outcome).toBeInstanceOf(ClientGoneError);
  });

  it('aborts the signal of a request whose client left', async () => {
    let started: (signal: AbortSignal) => void = () => {};
    const begun = new Promise<AbortSignal>((resolve) => {
      started = resolve;
    });
    const url = await open((exchange) => started(exchange.signal));
    const connection = raw(url);
    await connection.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const signal = await begun;
    connection.end();
    if (!signal.aborted) await once(signal, 'abort');
    expect(signal.aborted).toBe(true);
  });

  it('streams no faster than the client reads', async () => {
    const PIECES = 2_000;
    const piece = new Uint8Array(64 * 1024).fill(0x61);
    const pulled: number[] = [];
    const stream = (exchange: Exchange): void => {
      const number = pulled.push(0) - 1;
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            if (pulled[number]! < PIECES) controller.enqueue(piece);
            else controller.close();
            pulled[number]! += 1;
          },
        },
        { highWaterMark: 0 },
      );
      void exchange.replyStream({ status: 200, headers: TEXT, body });
    };
    const url = await open(stream);
    const connection = raw(url);
    connection.socket.pause();
    await connection.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    // Unread, it fills the socket's buffers and then waits: pulling has stopped when two looks agree.
    let seen = -1;
    while (seen !== pulled[0]) {
      seen = pulled[0] ?? -2;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThan(PIECES / 2);
    connection.end();

    const response = await fetch(url);
    expect((await response.arrayBuffer()).byteLength).toBe(PIECES * piece.length);
  });

  it('cancels a stream whose client left', async () => {
    let cancelled: () => void = () => {};
    const end = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    const url = await open((exchange) => {
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          controller.enqueue(new Uint8Array(1024));
        },
        cancel: () => cancelled(),
      });
      void exchange.replyStream({ status: 200, headers: TEXT, body });
    });
    const connection = raw(url);
    await connection.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await connection.waitFor(/200 OK/);
    connection.end();
    await end;
  });

  it('believes X-Forwarded-For as far as proxies are trusted', async () => {
    const ask = async (url: string): Promise<string> => {
      const response = await fetch(url, { headers: { 'X-Forwarded-For': '6.6.6.6, 10.0.0.1, 10.0.0.2' } });
      return ((await response.json()) as { address: string }).address;
    };
    expect(await ask(await open(echo))).toBe('127.0.0.1');
    await transport?.stop(0);
    expect(await ask(await open(echo, { trustedProxies: 1 }))).toBe('10.0.0.2');
    await transport?.stop(0);
    expect(await ask(await open(echo, { trustedProxies: 2 }))).toBe('10.0.0.1');
  });

  it('refuses a head larger than its limit', async () => {
    const url = await open(echo);
    const connection = raw(url);
    await connection.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(2 * HEAD_BYTES_MAX)}\r\n\r\n`);
    expect(await connection.closed).not.toMatch(/^HTTP\/1.1 200/);
  });

  it('survives what is not HTTP', async () => {
    const url = await open(echo);
    for (const text of [
      '\0\0\0\0\r\n\r\n',
      'GET\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    ]) {
      const connection = raw(url);
      await connection.write(text);
      expect(await connection.closed).not.toMatch(/^HTTP\/1.1 200/);
    }
    expect((await fetch(url)).status).toBe(200);
  });

  it('does not share its port', async () => {
    const url = await open(echo);
    const second = openTransport(
      name,
      {
        host: '127.0.0.1',
        port: Number(new URL(url).port),
        serve: echo,
        trustedProxies: 0,
        limits: TRANSPORT_LIMITS,
      },
      createLogger('test'),
    );
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('finishes what runs when it is stopped, and takes nothing new', async () => {
    let release: () => void = () => {};
    let started: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      started = resolve;
    });
    const url = await open((exchange) => {
      release = () => exchange.reply({ status: 200, headers: TEXT, body: 'finished' });
      started();
    });
    const running = fetch(url);
    await begun;
    const stopped = transport!.stop(10_000);
    await expect(fetch(`${url}/new`)).rejects.toThrow();
    release();
    expect(await (await running).text()).toBe('finished');
    await stopped;
    transport = undefined;
  });

  it('cuts what runs longer than the grace', async () => {
    let started: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      started = resolve;
    });
    const url = await open(() => started());
    const running = fetch(url);
    const failed = expect(running).rejects.toThrow();
    await begun;
    await transport!.stop(10);
    await failed;
    transport = undefined;
  });
});
