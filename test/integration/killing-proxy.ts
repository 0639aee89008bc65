/**
 * Stands between a process and a server, and kills the process at a chosen moment: when it has sent `after` chunks. The
 * server gets them all, so what was asked for is done, and nobody is left to read the answer.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

export interface KillingProxy {
  /** The server's URL with the proxy's address in it. */
  url: string;
  /** Chunks the process has sent. */
  count(): number;
  /** From now on this process is killed when `after` chunks more have passed. */
  aim(victim: ChildProcess, after: number): void;
  close(): Promise<void>;
}

export async function createKillingProxy(serverUrl: string): Promise<KillingProxy> {
  const { hostname, port } = new URL(serverUrl);
  let victim: ChildProcess | undefined;
  let left = Number.POSITIVE_INFINITY;
  let count = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.on('data', (chunk) => {
      count += 1;
      upstream.write(chunk);
      left -= 1;
      if (left === 0) victim?.kill('SIGKILL');
    });
    upstream.pipe(client);
    client.on('end', () => upstream.end());
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on('error', () => other.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    count: () => count,
    aim(child, after) {
      victim = child;
      left = after;
    },
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}
