/**
 * Vitest globalSetup of the integration tests: one redis-server, one PostgreSQL and one engine for the whole run, each started
 * when the first test asks for it. Test files run in processes of their own and ask over a Unix socket:
 *
 *   POST /redis       -> { url }  a database number nobody else has
 *   POST /postgres    -> { url }  the server's own database; the asker makes one for itself
 *   POST /clickhouse  -> { url }  likewise
 *
 * Data lives in a temporary folder that goes with the run.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Child } from '../../src/embedded/child.js';
import { createEngine } from '../../src/embedded/engine.js';
import type { Backend } from '../../src/embedded/part.js';
import { findFreePort } from '../../src/embedded/port.js';
import { createPostgres } from '../../src/embedded/postgres.js';
import { createRedis } from '../../src/embedded/redis.js';
import { requireRedisServer } from '../../src/embedded/redis-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    stackSocket: string;
  }
}

/** Each test file takes a few; redis-server reserves little for an unused one. */
const REDIS_DATABASES = 512;

/** A port that was free may be taken by one of the many connections of a run before its server listens: then another is tried. */
const START_ATTEMPTS = 3;

interface Shared {
  url(): Promise<string>;
  stop(): Promise<void>;
}

function shareBackend(create: () => Promise<Backend>): Shared {
  let started: Promise<{ url: string; child: Child }> | undefined;
  const start = async (attempt = 1): Promise<{ url: string; child: Child }> => {
    const backend = await create();
    try {
      return { url: backend.url, child: await backend.start() };
    } catch (error) {
      if (attempt >= START_ATTEMPTS) throw error;
      return start(attempt + 1);
    }
  };
  return {
    async url() {
      started ??= start();
      return (await started).url;
    },
    async stop() {
      const running = await started?.catch(() => undefined);
      await running?.child.stop();
    },
  };
}

function createBackends(folder: string): Record<'redis' | 'postgres' | 'clickhouse', Shared> {
  const password = randomBytes(12).toString('hex');
  return {
    redis: shareBackend(async () =>
      createRedis({
        folder: join(folder, 'redis'),
        program: requireRedisServer(),
        databases: REDIS_DATABASES,
      }),
    ),
    postgres: shareBackend(async () =>
      createPostgres({
        folder: join(folder, 'postgres'),
        port: await findFreePort(),
        password,
        fsync: false,
      }),
    ),
    clickhouse: shareBackend(async () =>
      createEngine({ folder: join(folder, 'engine'), port: await findFreePort(), password }),
    ),
  };
}

function serveStack(socket: string, backends: Record<string, Shared>): Promise<Server> {
  let redisDatabase = 0;
  const answer = async (name: string): Promise<{ url: string }> => {
    const backend = backends[name];
    if (!backend) throw new Error(`no backend called ${name}`);
    const url = await backend.url();
    if (name !== 'redis') return { url };
    if (redisDatabase >= REDIS_DATABASES)
      throw new Error(`this run used all ${REDIS_DATABASES} Redis databases`);
    return { url: `${url}?db=${redisDatabase++}` };
  };
  const server = createServer((request, response) => {
    answer((request.url ?? '').slice(1)).then(
      (body) => response.end(JSON.stringify(body)),
      (error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      },
    );
  });
  return new Promise((resolve) => server.listen(socket, () => resolve(server)));
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
  const backends = createBackends(folder);
  const socket = join(folder, 'stack.sock');
  const server = await serveStack(socket, backends);
  project.provide('stackSocket', socket);
  return async () => {
    server.close();
    await Promise.all(Object.values(backends).map((backend) => backend.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
}
