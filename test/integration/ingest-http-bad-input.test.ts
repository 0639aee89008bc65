/** Bad input gets its 4xx and a sentence, costs nothing else in the batch, and never the process. */
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Front, startFront } from '../support/front.js';
import { openRaw } from '../support/raw-http.js';

interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors?: { path: string; code: string; message: string }[];
}

const MB = 1024 * 1024;

/** 300 MB of blanks in less than two. */
function makeBomb(encoding: 'gzip' | 'br' | 'deflate'): Buffer {
  const blanks = Buffer.alloc(300 * MB, 0x20);
  if (encoding === 'gzip') return gzipSync(blanks, { level: 1 });
  if (encoding === 'deflate') return deflateSync(blanks, { level: 1 });
  return brotliCompressSync(blanks, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
}

describe.each(['uws', 'node'] as const)('over %s', (transport) => {
  let front: Front;

  beforeAll(async () => {
    front = await startFront(transport);
  });

  afterAll(() => front.stop());

  const post = (
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    path = '/v1/events',
  ): Promise<Response> =>
    fetch(front.url + path, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${front.keys.write}`,
        'Content-Type': 'application/json',
        ...headers,
      },
      body,
    });

  /** The problem an answer is, after checking that it has everything a problem must have. */
  async function readProblem(response: Response, status: number): Promise<Problem> {
    const problem = (await response.json()) as Problem;
    expect({ status: response.status, detail: problem.detail }).toMatchObject({ status });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(problem).toMatchObject({
      status,
      title: expect.any(String),
      type: `/docs/errors#${problem.code}`,
    });
    expect(problem.request_id).toBe(response.headers.get('x-request-id'));
    expect(problem.detail).toMatch(/^[A-Z"].{15,}[.?!]$/s);
    expect(JSON.stringify(problem)).not.toMatch(/\bat .*\.[jt]s:\d+/);
    return problem;
  }

  const event = (extra: object = {}): object => ({ event: 'opened', user_id: 'ada', ...extra });
  const sendProblem = async (status: number, ...args: Parameters<typeof post>): Promise<Problem> =>
    readProblem(await post(...args), status);

  describe('what is not readable is 400', () => {
    it.each([
      ['no JSON at all', 'hello'],
      ['JSON that stops', '{"event":"opened","user_id":'],
      ['brackets that do not match', '[{"event":"opened"}}'],
      ['a missing comma', '{"event":"opened" "user_id":"ada"}'],
      ['a number', '42'],
      ['a comma too many', '[{"event":"a","user_id":"u"},]'],
    ])('%s', async (_, body) => {
      const problem = await sendProblem(400, body);
      expect(problem.code).toBe('malformed_body');
    });

    it('says where the mistake is', async () => {
      const problem = await sendProblem(400, '{\n  "event": "opened",\n  "user_id": ada\n}');
      expect(problem).toMatchObject({ line: 3, column: 14 });
    });

    it('invalid UTF-8', async () => {
      const bytes = Buffer.from('{"event":"opened","user_id":"a?a"}', 'latin1');
      bytes[bytes.indexOf('?')] = 0xff;
      const problem = await sendProblem(400, new Uint8Array(bytes));
      expect(problem.detail).toContain('UTF-8');
    });

    it.each([
      ['nothing', ''],
      ['blanks', ' \n '],
      ['an empty array', '[]'],
      ['an empty list of events', '{"events": []}'],
    ])('an empty batch: %s', async (_, body) => {
      expect((await sendProblem(400, body)).code).toBe('empty_batch');
    });

    it('lines without an event', async () => {
      const problem = await sendProblem(400, '\n\n', { 'Content-Type': 'application/x-ndjson' });
      expect(problem.code).toBe('empty_batch');
    });

    it('a body that is not what its encoding says', async () => {
      const problem = await sendProblem(400, JSON.stringify(event()), { 'Content-Encoding': 'gzip' });
      expect(problem.code).toBe('malformed_encoding');
    });

    it('gzip that stops half-way', async () => {
      const whole = gzipSync(JSON.stringify(event()));
      const problem = await sendProblem(400, new Uint8Array(whole.subarray(0, whole.length - 8)), {
        'Content-Encoding': 'gzip',
      });
      expect(problem.code).toBe('malformed_encoding');
    });

    it('something else to wait for than storing', async () => {
      expect((await sendProblem(400, JSON.stringify(event()), {}, '/v1/events?wait=for-me')).code).toBe(
        'invalid_wait',
      );
    });

    it('an Idempotency-Key beyond its length', async () => {
      const problem = await sendProblem(400, JSON.stringify(event()), { 'Idempotency-Key': 'k'.repeat(201) });
      expect(problem.code).toBe('invalid_idempotency_key');
    });
  });

  describe('what is readable and wrong is 422', () => {
    it.each([
      ['no event name', { user_id: 'ada' }, 'missing_event', 'event'],
      ['a name of the wrong type', { event: 7, user_id: 'ada' }, 'invalid_event', 'event'],
      ['nobody', { event: 'opened' }, 'missing_user', 'user_id'],
      ['a user of the wrong type', { event: 'opened', user_id: { id: 1 } }, 'invalid_user_id', 'user_id'],
      ['properties of the wrong type', event({ properties: [1] }), 'invalid_properties', 'properties'],
      ['a context of the wrong type', event({ context: 'x' }), 'invalid_context', 'context'],
      ['a time that is none', event({ timestamp: 'yesterday' }), 'invalid_timestamp', 'timestamp'],
      ['the year 9999', event({ timestamp: '9999-12-31T23:59:59Z' }), 'timestamp_out_of_range', 'timestamp'],
      ['an event id beyond its length', event({ event_id: 'x'.repeat(201) }), 'invalid_event_id', 'event_id'],
    ])('%s', async (_, body, code, path) => {
      const problem = await sendProblem(422, JSON.stringify(body));
      expect(problem).toMatchObject({ code, errors: [{ code, path }] });
    });

    it.each([
      [5, 'a number'],
      [{ event: 'opened' }, 'an object'],
      [null, 'null'],
    ])('a list that is none: {"events": %j}', async (events, what) => {
      const problem = await sendProblem(422, JSON.stringify({ events }));
      expect(problem).toMatchObject({
        code: 'missing_event',
        detail: expect.stringContaining(`"events" is ${what}: events are sent as one array`),
      });
    });

    it('keys that reach into prototypes', async () => {
      const problem = await sendProblem(
        422,
        '{"event":"opened","user_id":"ada","properties":{"__proto__":{"admin":true}}}',
      );
      expect(problem.code).toBe('forbidden_key');
      expect(({} as { admin?: boolean }).admin).toBeUndefined();
    });

    it('an integer beyond 2^53', async () => {
      const problem = await sendProblem(
        422,
        '{"event":"opened","user_id":"ada","properties":{"n":9007199254740993}}',
      );
      expect(problem).toMatchObject({ code: 'unsafe_number', errors: [{ path: 'properties.n' }] });
    });

    it('an event beyond its size', async () => {
      for (const length of [300_000, 3_000_000]) {
        const large = JSON.stringify(event({ properties: { text: 'x'.repeat(length) } }));
        expect((await sendProblem(422, large)).code).toBe('event_too_large');
      }
    });

    it('a key that occurs twice', async () => {
      const problem = await sendProblem(422, '{"event":"opened","user_id":"ada","properties":{"n":1,"n":2}}');
      expect(problem).toMatchObject({ code: 'duplicate_key', errors: [{ path: 'properties.n' }] });
    });

    it('ten thousand objects inside each other', async () => {
      const deep = `{"event":"opened","user_id":"ada","properties":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`;
      expect((await sendProblem(422, deep)).code).toBe('too_deep');
      const among = await post(`[${JSON.stringify(event())},${deep}]`);
      expect([among.status, await among.json()]).toMatchObject([202, { received: 2 }]);
      const brackets = '['.repeat(10_000);
      expect((await sendProblem(400, brackets)).code).toBe('malformed_body');
    });
  });

  it('names what is wrong with one event and takes the others', async () => {
    const bad = [{ event: 'opened' }, event({ timestamp: '9999-01-01T00:00:00Z' })];
    const response = await post(JSON.stringify([event(), bad[0], event(), bad[1]]));
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      received: 4,
      accepted: 2,
      rejected: 2,
      problems: [
        { index: 1, code: 'missing_user' },
        { index: 3, code: 'timestamp_out_of_range', path: 'timestamp' },
      ],
    });
  });

  it('takes the good lines beside one that is not JSON', async () => {
    const lines = [JSON.stringify(event()), '{"event": ', JSON.stringify(event())].join('\n');
    const response = await post(lines, { 'Content-Type': 'application/x-ndjson' });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      received: 3,
      accepted: 2,
      rejected: 1,
      problems: [{ index: 1, code: 'malformed_json' }],
    });
  });

  describe('what is too large is 413', () => {
    it('100 MB', async () => {
      const raw = openRaw(front.url);
      await raw.write(
        `POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${front.keys.write}\r\nContent-Length: ${100 * MB}\r\n\r\n`,
      );
      const part = Buffer.alloc(MB, 0x20);
      for (let i = 0; i < 100; i++) await raw.write(part);
      const answer = await raw.waitFor(/body_too_large/);
      raw.end();
      expect(answer).toMatch(/^HTTP\/1.1 413 /);
    });

    it.each(['gzip', 'br', 'deflate'] as const)(
      'a %s bomb, without being inflated whole',
      async (encoding) => {
        const bomb = makeBomb(encoding);
        expect(bomb.length).toBeLessThan(2 * MB);
        const before = process.memoryUsage().rss;
        for (let i = 0; i < 3; i++) {
          const problem = await sendProblem(413, new Uint8Array(bomb), { 'Content-Encoding': encoding });
          expect(problem.code).toBe('body_too_large');
        }
        expect(process.memoryUsage().rss - before).toBeLessThan(160 * MB);
      },
    );

    it('more events than one body may hold', async () => {
      const problem = await sendProblem(413, `[${'0,'.repeat(100_000)}0]`);
      expect(problem.code).toBe('too_many_events');
      expect(problem.detail).toContain('100000');
    });
  });

  describe('what is in a form not read here is 415', () => {
    it.each([
      ['an encoding', { 'Content-Encoding': 'lzma' }, 'unsupported_encoding'],
      ['two encodings', { 'Content-Encoding': 'gzip, gzip' }, 'unsupported_encoding'],
      ['a type', { 'Content-Type': 'text/xml' }, 'unsupported_type'],
      ['a charset', { 'Content-Type': 'application/json; charset=utf-16' }, 'unsupported_charset'],
    ])('%s', async (_, headers, code) => {
      expect((await sendProblem(415, JSON.stringify(event()), headers)).code).toBe(code);
    });
  });

  describe('keys', () => {
    it('401 without one, and for one that nobody knows', async () => {
      const without = await fetch(`${front.url}/v1/events`, {
        method: 'POST',
        body: JSON.stringify(event()),
      });
      expect((await readProblem(without, 401)).code).toBe('missing_key');
      expect(without.headers.get('www-authenticate')).toContain('Bearer');
      expect(
        (await sendProblem(401, JSON.stringify(event()), { Authorization: 'Bearer weir_w_nobody' })).code,
      ).toBe('unknown_key');
      expect(
        (await sendProblem(401, JSON.stringify(event()), { Authorization: `Bearer ${'k'.repeat(5_000)}` }))
          .code,
      ).toBe('unknown_key');
    });

    it('403 for one that may not send', async () => {
      const problem = await sendProblem(403, JSON.stringify(event()), {
        Authorization: `Bearer ${front.keys.read}`,
      });
      expect(problem.code).toBe('missing_scope');
    });

    it('says so without waiting for the body', async () => {
      const raw = openRaw(front.url);
      await raw.write(
        'POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer weir_w_nobody\r\nContent-Length: 1000\r\n\r\n{',
      );
      expect(await raw.waitFor(/unknown_key/)).toMatch(/^HTTP\/1.1 401 /);
      raw.end();
    });
  });

  it('405 for the wrong method, with the right ones', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const response = await fetch(`${front.url}/v1/events`, {
        method,
        headers: { Authorization: `Bearer ${front.keys.write}` },
      });
      expect((await readProblem(response, 405)).code).toBe('method_not_allowed');
      expect(response.headers.get('allow')).toBe('POST, OPTIONS');
    }
  });

  it('takes everything that is right, in every form and encoding', async () => {
    const one = JSON.stringify(event());
    const two = JSON.stringify([event(), event()]);
    const lines = `${one}\n${one}\r\n\n${one}`;
    const forms: [string | Uint8Array, Record<string, string>, number][] = [
      [one, {}, 1],
      [two, {}, 2],
      [`{"events":${two}}`, {}, 2],
      [JSON.stringify(event(), null, 2), {}, 1],
      [`\uFEFF${one}`, {}, 1],
      [lines, { 'Content-Type': 'application/x-ndjson' }, 3],
      [lines, { 'Content-Type': 'application/json' }, 3],
      [lines, { 'Content-Type': 'text/plain;charset=UTF-8' }, 3],
      [one, { 'Content-Type': 'application/x-www-form-urlencoded' }, 1],
      [gzipSync(two), { 'Content-Encoding': 'gzip' }, 2],
      [gzipSync(two), {}, 2],
      [deflateSync(two), { 'Content-Encoding': 'deflate' }, 2],
      [deflateSync(two), {}, 2],
      [deflateRawSync(two), { 'Content-Encoding': 'deflate' }, 2],
      [brotliCompressSync(two), { 'Content-Encoding': 'br' }, 2],
      [one, { 'Content-Encoding': 'identity' }, 1],
    ];
    for (const [body, headers, received] of forms) {
      const response = await post(typeof body === 'string' ? body : new Uint8Array(body), headers);
      expect({ headers, status: response.status, answer: await response.json() }).toMatchObject({
        headers,
        status: 202,
        answer: { received, batch_id: expect.stringMatching(/^\d+-\d+-\d+$/) },
      });
    }
  });

  it('is still there after all of this', async () => {
    expect((await fetch(`${front.url}/health/live`)).status).toBe(200);
    const metrics = await (await fetch(`${front.url}/metrics`)).text();
    expect(metrics).not.toMatch(/code="internal_error"/);
  });
});
