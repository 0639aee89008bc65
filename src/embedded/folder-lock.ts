import { createHash } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FolderLock {
  release(): void;
}

/** The name stands for the folder itself, whatever path led to it. Linux's abstract names leave nothing behind on disk. */
function nameLock(folder: string): { address: string; isFile: boolean } {
  const { dev, ino } = statSync(folder);
  if (process.platform === 'linux') return { address: `\0weir:${dev}:${ino}`, isFile: false };
  const hash = createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 16);
  return { address: join(tmpdir(), `weir-${hash}.lock`), isFile: true };
}

function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

function isAnswered(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address, () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
  });
}

/**
 * Takes a folder for this process; undefined when another process holds it. The lock is a listening Unix socket: the
 * kernel lets go of it when the process ends in whatever way, and no stale file or reused process id can mislead.
 */
export async function lockFolder(folder: string): Promise<FolderLock | undefined> {
  const { address, isFile } = nameLock(folder);
  let server = await listen(address);
  if (server === undefined && isFile && !(await isAnswered(address))) {
    rmSync(address, { force: true });
    server = await listen(address);
  }
  const held = server;
  return held && { release: () => held.close() };
}

/**
 * The same name for every owner of a folder, and no other folder's: whoever holds the lock knows that those who went by this
 * name before are gone.
 */
export function nameSeat(folder: string): string {
  const { dev, ino } = statSync(folder);
  return createHash('sha256').update(`${hostname()}:${dev}:${ino}`).digest('hex').slice(0, 16);
}
