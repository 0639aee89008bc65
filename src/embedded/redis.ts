import { createHash } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { startChild } from './child.js';
import { endLeftover } from './leftover.js';
import type { Backend } from './part.js';

/** A Unix socket's path must fit sockaddr_un: 104 bytes on macOS, 108 on Linux, with the final zero. */
const SOCKET_PATH_BYTES_MAX = 100;
/** Loading a large append-only file takes time: about 1 s for each 200 MB. */
const START_TIMEOUT_MS = 120_000;

export interface RedisOptions {
  /** Absolute path of the folder for the append-only file; made when missing. */
  folder: string;
  /** The redis-server program. */
  program: string;
  logFile?: string;
  /** Numbered databases; tests take one each. */
  databases?: number;
}

/** Where the socket goes: in the data folder, or in a private folder of the temporary directory when that path is too long. */
function chooseSocketPath(folder: string): string {
  const path = join(folder, 'redis.sock');
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return path;
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const short = join(tmpdir(), `weir-${userInfo().uid}-${hash}`);
  mkdirSync(short, { recursive: true, mode: 0o700 });
  if (statSync(short).uid !== userInfo().uid)
    throw new Error(`${short} belongs to another user; set TMPDIR to a folder of your own`);
  return join(short, 'redis.sock');
}

/**
 * A redis-server on a Unix socket only (no port), every write on disk before it is answered. Snapshots are off: the
 * append-only file is the whole truth, and a snapshot's fork would cost memory for nothing.
 */
export function createRedis(options: RedisOptions): Backend {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const socket = chooseSocketPath(options.folder);
  const pidFile = join(options.folder, 'redis.pid');
  const settings: Record<string, string> = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    dir: options.folder,
    pidfile: pidFile,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
    databases: String(options.databases ?? 16),
    daemonize: 'no',
    // Never evict: losing an entry of a stream is losing events.
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  return {
    name: 'redis',
    url: `unix://${socket.split('/').map(encodeURIComponent).join('/')}`,
    async start(giveUp) {
      await endLeftover(pidFile, socket, 'SIGTERM');
      return startChild({
        name: 'redis',
        command: options.program,
        args,
        cwd: options.folder,
        isReady: (line) => /ready to accept connections/i.test(line),
        startTimeoutMs: START_TIMEOUT_MS,
        giveUp,
        stopSignal: 'SIGTERM',
        orphanSignal: 'SIGTERM',
        ...(options.logFile === undefined ? {} : { logFile: options.logFile }),
      });
    },
  };
}
