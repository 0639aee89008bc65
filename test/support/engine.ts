/** Raw requests to a ClickHouse HTTP interface: what a client library would hide is what the tests are about. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { type ClientRequest, type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../src/embedded/port.js';
import { countThreads } from '../../src/engine/limits.js';
import { builtFile } from '../../src/paths.js';

export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  text: string;
  /** The connection was broken off before the answer was complete. */
  broken: boolean;
}

export interface RawOptions {
  /** URL parameters beside the database. */
  params?: Record<string, string>;
  headers?: Record<string, string>;
  method?: string;
  path?: string;
}

type Send = (body: string | Uint8Array, options?: RawOptions) => Promise<RawAnswer>;

export interface RawClient {
  send: Send;
  /** Like send, and fails unless the answer is 200; its text without the last line break. */
  ask(body: string, params?: Record<string, string>): Promise<string>;
  /** A request whose body is the caller's to write and whose answer nobody reads. */
  open(options?: RawOptions): ClientRequest;
}

export function createRawClient(url: string): RawClient {
  const { hostname, port, username, password, pathname } = new URL(url);
  const open = (options: RawOptions = {}): ClientRequest => {
    const query = new URLSearchParams({ database: pathname.slice(1), ...options.params });
    return request({
      hostname,
      port,
      method: options.method ?? 'POST',
      path: `${options.path ?? '/'}?${query}`,
      headers: {
        'x-clickhouse-user': username,
        'x-clickhouse-key': decodeURIComponent(password),
        ...options.headers,
      },
      agent: false,
    });
  };
  const send: Send = (body, options) =>
    new Promise((resolve, reject) => {
      const sent = open(options);
      sent.on('error', reject);
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        const finish = (broken: boolean): void => {
          const bytes = Buffer.concat(chunks);
          const { statusCode = 0, headers } = response;
          resolve({ status: statusCode, headers, bytes, text: bytes.toString('utf8'), broken });
        };
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => finish(false));
        response.on('error', () => finish(true));
      });
      sent.end(body);
    });
  return {
    send,
    open,
    async ask(body, params) {
      const { status, text } = await send(body, { params });
      if (status !== 200) throw new Error(text);
      return text.replace(/\n$/, '');
    },
  };
}

/** Texts of the statements that run on the engine right now, without the one that asks. */
export async function listRunning(client: RawClient): Promise<string[]> {
  const text = await client.ask(
    "select query from system.processes where query not like '%system.processes%' format JSONEachRow",
  );
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { query: string }).query);
}

export interface EngineProcess {
  url: string;
  folder: string;
  process: ChildProcess;
  /** Resolves with the exit code, or the signal's name. */
  exited: Promise<number | string>;
  errors(): string;
}

/** An engine in a process of its own, for tests that stop or kill it. The caller ends it. */
export async function startEngineProcess(folder?: string): Promise<EngineProcess> {
  const port = await findFreePort();
  const dataFolder = folder ?? mkdtempSync(join(tmpdir(), 'weir-engine-'));
  const child = spawn(process.execPath, [builtFile('src/main.ts'), 'engine', '--folder', dataFolder], {
    env: {
      ...process.env,
      WEIR_ENGINE_PORT: String(port),
      WEIR_ENGINE_PASSWORD: 'secret',
      UV_THREADPOOL_SIZE: String(countThreads(4)),
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const exited = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? -1)),
  );
  const ready = new Promise<void>((resolve) => child.once('message', () => resolve()));
  await Promise.race([
    ready,
    exited.then((how) => {
      throw new Error(`the engine ended (${how}) before it was ready: ${errors}`);
    }),
  ]);
  return {
    url: `http://weir:secret@127.0.0.1:${port}/weir`,
    folder: dataFolder,
    process: child,
    exited,
    errors: () => errors,
  };
}
