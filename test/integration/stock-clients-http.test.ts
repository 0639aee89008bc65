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

  it('what a client reports on itself needs no key and is not an event', async () => {
    const response = await fetch(`${front.url}/v1/m`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body: '{"series":[{"type":"Counter","metric":"analytics_js.invoke","value":1,"tags":{}}]}',
    });
    expect([response.status, await response.json()]).toEqual([200, { success: true }]);
  });
});
