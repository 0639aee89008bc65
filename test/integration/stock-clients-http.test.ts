/** What stock clients rely on in HTTP itself, over both transports. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Front, startFront } from '../support/front.js';

describe.each(['uws', 'node'] as const)('over %s', (transport) => {
  let front: Front;

  beforeAll(async () => {
    front = await startFront(transport);
  });

  afterAll(() => front.stop());

  const track = '{"event":"a","userId":"u"}';

  /** Sends requests one after another on one connection, each when the answer to the one before has come. */
  async function converse(requests: readonly string[]): Promise<string[]> {
    const { port, hostname } = new URL(front.url);
    const socket = connect(Number(port), hostname);
    socket.setEncoding('utf8');
    const answers: string[] = [];
    for (const request of requests) {
      socket.write(request);
      const [answer] = (await Promise.race([
        once(socket, 'data'),
        once(socket, 'close').then(() => ['closed']),
      ])) as [string];
      answers.push(answer);
    }
    socket.destroy();
    return answers;
  }

  it('a preflight leaves the connection to the request it was for', async () => {
    const preflight =
      'OPTIONS /v1/t HTTP/1.1\r\nHost: x\r\nOrigin: http://shop.example\r\nAccess-Control-Request-Method: POST\r\n' +
      'Access-Control-Request-Headers: authorization,x-retry-count\r\n\r\n';
    const post = `POST /v1/t?writeKey=${front.keys.write} HTTP/1.1\r\nHost: x\r\nContent-Length: ${track.length}\r\n\r\n${track}`;
    const [first, second, third] = await converse([preflight, post, post]);
    expect(first).toMatch(/^HTTP\/1.1 204 /);
    expect(first).not.toMatch(/^content-length: [1-9]/im);
    expect(first).toMatch(/^access-control-allow-headers: Authorization, \*\r$/im);
    expect(second).toMatch(/^HTTP\/1.1 200 /);
    expect(third).toMatch(/^HTTP\/1.1 200 /);
  });

  it.each(['/v1/batch', '/v1/t', '/batch/', '/i/v0/e/'])(
    '%s takes gzip that nobody announced',
    async (path) => {
      const event = { event: 'a', userId: 'u', distinct_id: 'u' };
      const response = await fetch(`${front.url}${path}?writeKey=${front.keys.write}`, {
        method: 'POST',
        headers: { 'Content-Type': 'text/plain;charset=UTF-8' },
        body: gzipSync(JSON.stringify(path.includes('batch') ? { batch: [event] } : event)),
      });
      expect(response.status).toBe(200);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    },
  );

  async function post(path: string, type: string, body: string) {
    const response = await fetch(front.url + path, {
      method: 'POST',
      headers: { 'Content-Type': type },
      body,
    });
    return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
  }

  it('the first of events one a line may hold the key', async () => {
    const line = (extra: object = {}): string => JSON.stringify({ event: 'a', user_id: 'u', ...extra });
    const type = 'application/x-ndjson';
    const lines = `\ufeff\n${line({ writeKey: front.keys.write })}\r\n${line()}\n`;
    expect(await post('/v1/events', type, lines)).toMatchObject({
      status: 202,
      answer: { received: 2, accepted: 2 },
    });
    expect(await post('/v1/events', type, `${line()}\n${line()}`)).toMatchObject({
      status: 401,
      answer: { code: 'missing_key' },
    });
  });

  it("PostHog's forms carry events, in base64 or as they are", async () => {
    const capture = (user: string) => ({
      event: 'a',
      distinct_id: user,
      properties: { token: front.keys.write, signs: '>>>???' },
    });
    const encode = (body: unknown): string => Buffer.from(JSON.stringify(body)).toString('base64');
    expect(encode(capture('ädä'))).toMatch(/[+/]/);
    for (const form of [
      `data=${encodeURIComponent(encode(capture('ädä')))}`,
      `data=${encodeURIComponent(encode([capture('ädä'), capture('bo')]))}`,
      `data=${encode(capture('ädä'))}&ip=1`,
      `data=${encodeURIComponent(JSON.stringify(capture('ädä')))}`,
    ])
      expect(await post('/e/?compression=base64', 'application/x-www-form-urlencoded', form)).toEqual({
        status: 200,
        answer: { status: 1 },
      });
    const nobody = `data=${encode(capture(''))}`;
    expect((await post('/e/', 'application/x-www-form-urlencoded', nobody)).status).toBe(422);
    expect((await post('/e/', 'application/x-www-form-urlencoded', 'data=%7B')).status).toBe(401);
  });

  it('what a client reports on itself needs no key and is not an event', async () => {
    const response = await fetch(`${front.url}/v1/m`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body: '{"series":[{"type":"Counter","metric":"analytics_js.invoke","value":1,"tags":{}}]}',
    });
    expect([response.status, await response.json()]).toEqual([200, { success: true }]);
  });
});
