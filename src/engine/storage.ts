/**
 * Where bodies and results lie for the length of a request. Inserts come to the engine as files, because only so do binary
 * formats pass its library and only so is no body held by this process; a file on memory-backed storage (/dev/shm) costs
 * a copy and no disk. A body that outgrows a quarter of the room there moves to the data folder's disk.
 *
 * Results come through named pipes, one for each slot: the engine blocks on a full pipe, which is what makes a slow client
 * slow the query down instead of filling memory.
 *
 * Everything lies in folders of this instance alone, named by its data folder, readable by nobody else, and emptied at
 * every start: what a killed process left is gone with the next.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { copyFile, type FileHandle, open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createFailure } from './failure.js';
import { BODY_MAX_BYTES, SPOOL_MEMORY_MAX_BYTES } from './limits.js';

const MEMORY_STORAGE = '/dev/shm';

/** In a folder there: the path of the data folder it belongs to. */
const OWNER_FILE = 'owner';

/** Of the room left on memory-backed storage one body takes at most this part. */
const MEMORY_SHARE = 0.25;

export interface SpoolFile {
  readonly path: string;
  readonly bytes: number;
  write(chunk: Uint8Array): Promise<void>;
  /** Ends writing; the file stays. */
  finish(): Promise<void>;
  /** Removes the file, whatever state it is in. */
  remove(): Promise<void>;
}

export interface ResultPipe {
  /** What the engine is told to write to. */
  readonly path: string;
  /** The bytes written so far and to come; ends after `closeWriter` when all are read. Must be read to its end. */
  readonly stream: Socket;
  /** To be called once, when the engine is done with the statement. */
  closeWriter(): void;
}

export interface Storage {
  createSpoolFile(): SpoolFile;
  openPipe(slot: number): ResultPipe;
  /** A path of its own for a result that is written whole before it is sent. */
  newResultPath(): string;
  /** The size of a file and its last bytes. */
  describeFile(path: string, tailBytes: number): { bytes: number; tail: Uint8Array };
  removeFile(path: string): void;
  close(): void;
}

/** A folder only this user can enter, empty; undefined when somebody else made it first or it cannot be made. */
function claimFolder(path: string): string | undefined {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const found = lstatSync(path);
    if (!found.isDirectory() || found.uid !== process.getuid?.()) return undefined;
    rmSync(path, { recursive: true });
    mkdirSync(path, { mode: 0o700 });
    chmodSync(path, 0o700);
    return path;
  } catch {
    return undefined;
  }
}

/**
 * Folders of instances that were killed and whose data folder was removed afterwards, as temporary ones are: nobody will
 * start there again and clear them away.
 */
function sweepAbandoned(prefix: string): void {
  for (const name of readdirSync(MEMORY_STORAGE)) {
    if (!name.startsWith(prefix)) continue;
    try {
      const path = join(MEMORY_STORAGE, name);
      const owner = readFileSync(join(path, OWNER_FILE), 'utf8');
      if (lstatSync(path).uid === process.getuid?.() && !existsSync(owner))
        rmSync(path, { recursive: true, force: true });
    } catch {
      // Just being made or removed by its own instance.
    }
  }
}

function claimMemoryFolder(folder: string): string | undefined {
  const home = realpathSync(folder);
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16);
  try {
    if (!lstatSync(MEMORY_STORAGE).isDirectory()) return undefined;
  } catch {
    return undefined;
  }
  const prefix = `weir-engine-${process.getuid?.()}-`;
  sweepAbandoned(prefix);
  const claimed = claimFolder(join(MEMORY_STORAGE, `${prefix}${name}`));
  if (claimed) writeFileSync(join(claimed, OWNER_FILE), home, { mode: 0o600 });
  return claimed;
}

function countMemoryRoom(folder: string | undefined): number {
  if (!folder) return 0;
  const { bavail, bsize } = statfsSync(folder);
  return Math.min(SPOOL_MEMORY_MAX_BYTES, Math.floor(bavail * bsize * MEMORY_SHARE));
}

function writeAll(fd: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

export interface SpoolPlace {
  diskPath: string;
  /** Absent when there is no memory-backed storage. */
  memoryPath?: string | undefined;
  /** Bytes that may go there. */
  memoryRoom: number;
}

/**
 * A body's file. It starts in memory and moves to disk once it outgrows its room there or the storage is full. Throws 229
 * for a body over BODY_MAX_BYTES and 243 when the disk is full.
 */
export function createSpool({ diskPath, memoryPath, memoryRoom }: SpoolPlace): SpoolFile {
  let memoryFd = memoryPath && memoryRoom > 0 ? openSync(memoryPath, 'wx', 0o600) : undefined;
  let path = memoryFd !== undefined && memoryPath ? memoryPath : diskPath;
  let disk: FileHandle | undefined;
  let bytes = 0;

  function closeMemory(): void {
    if (memoryFd !== undefined) closeSync(memoryFd);
    memoryFd = undefined;
  }

  /** Whether the chunk found room; when it did not, the file is as it was before. */
  function writeToMemory(chunk: Uint8Array): boolean {
    if (memoryFd === undefined || bytes + chunk.length > memoryRoom) return false;
    try {
      writeAll(memoryFd, chunk);
      return true;
    } catch (error) {
      if (!isFull(error)) throw error;
      ftruncateSync(memoryFd, bytes);
      return false;
    }
  }

  async function openDisk(): Promise<FileHandle> {
    if (memoryFd !== undefined) {
      closeMemory();
      await copyFile(path, diskPath);
      rmSync(path);
      path = diskPath;
    }
    return open(diskPath, 'a', 0o600);
  }

  async function writeToDisk(chunk: Uint8Array): Promise<void> {
    try {
      disk ??= await openDisk();
      await disk.appendFile(chunk);
    } catch (error) {
      throw isFull(error) ? createFailure(243, 'No room on disk for the body of the request.') : error;
    }
  }

  return {
    get path() {
      return path;
    },
    get bytes() {
      return bytes;
    },
    async write(chunk) {
      if (bytes + chunk.length > BODY_MAX_BYTES)
        throw createFailure(229, `The body of the request is larger than ${BODY_MAX_BYTES} bytes.`);
      if (!writeToMemory(chunk)) await writeToDisk(chunk);
      bytes += chunk.length;
    },
    async finish() {
      if (memoryFd === undefined) disk ??= await openDisk();
      closeMemory();
      await disk?.close();
    },
    async remove() {
      closeMemory();
      await disk?.close().catch(() => {});
      for (const file of [memoryPath, diskPath]) if (file) rmSync(file, { force: true });
    },
  };
}

/**
 * Opened for reading first, and without waiting, then for writing too: so the engine never waits for a reader, however
 * often it opens and closes the pipe, and the reader sees no end before `closeWriter`.
 */
function openResultPipe(path: string): ResultPipe {
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeFd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  return {
    path,
    stream: new Socket({ fd: readFd, readable: true, writable: false }),
    closeWriter: () => closeSync(writeFd),
  };
}

function describeFile(path: string, tailBytes: number): { bytes: number; tail: Uint8Array } {
  const fd = openSync(path, 'r');
  try {
    const bytes = fstatSync(fd).size;
    const tail = Buffer.alloc(Math.min(bytes, tailBytes));
    readSync(fd, tail, 0, tail.length, bytes - tail.length);
    return { bytes, tail };
  } finally {
    closeSync(fd);
  }
}

/** Makes the folders and pipes of an instance. The caller holds the data folder's lock. */
export function createStorage(folder: string, slots: number): Storage {
  const diskFolder = claimFolder(join(folder, 'tmp'));
  if (!diskFolder) throw new Error(`${join(folder, 'tmp')} cannot be made, or belongs to another user`);
  const memoryFolder = claimMemoryFolder(folder);
  const home = memoryFolder ?? diskFolder;
  const pipes = Array.from({ length: slots }, (_, slot) => join(home, `pipe-${slot}`));
  execFileSync('mkfifo', ['-m', '600', ...pipes]);
  let names = 0;
  const newName = (kind: string): string => `${kind}-${++names}`;
  return {
    createSpoolFile() {
      const name = newName('body');
      return createSpool({
        diskPath: join(diskFolder, name),
        memoryPath: memoryFolder && join(memoryFolder, name),
        memoryRoom: countMemoryRoom(memoryFolder),
      });
    },
    openPipe: (slot) => openResultPipe(pipes[slot]!),
    newResultPath: () => join(diskFolder, newName('result')),
    describeFile,
    removeFile: (path) => rmSync(path, { force: true }),
    close() {
      for (const path of [memoryFolder, diskFolder]) if (path) rmSync(path, { recursive: true, force: true });
    },
  };
}
