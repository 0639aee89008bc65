/**
 * A disk that keeps only what it was made to keep. Calls are applied to it in order; each change first stands in a list of what is
 * pending, and only an fsync moves it into what a power loss leaves:
 *
 *   write, truncate            ──► the file's pending       ──fsync of the file──►            its durable bytes
 *   create, rename, unlink, …  ──► the directory's pending  ──fsync of the directory──►       its durable names
 *
 * A new or renamed file keeps its name only when its directory was synced: what POSIX promises and no more.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

interface Change<T> {
  at: number;
  what: T;
}

type Edit = { offset: number; data: Buffer } | { size: number };

export interface FileNode {
  kind: 'file';
  size: number;
  durable: Buffer;
  pending: Change<Edit>[];
  names: Place[];
}

export interface LinkNode {
  kind: 'link';
  target: string;
  names: Place[];
}

export interface DirNode {
  kind: 'dir';
  live: Map<string, Node>;
  durable: Map<string, Node>;
  pending: Change<{ name: string; node: Node | undefined }>[];
  names: Place[];
}

export type Node = FileNode | LinkNode | DirNode;

interface Place {
  parent: DirNode;
  name: string;
}

/** What of the pending changes a power loss leaves: none, or for each file and directory a random beginning, torn anywhere. */
export type Loss = 'all' | { random: () => number };

const makeDir = (): DirNode => ({
  kind: 'dir',
  live: new Map(),
  durable: new Map(),
  pending: [],
  names: [],
});

const makeFile = (): FileNode => ({
  kind: 'file',
  size: 0,
  durable: Buffer.alloc(0),
  pending: [],
  names: [],
});

function applyEdit(bytes: Buffer, edit: Edit): Buffer {
  const end = 'size' in edit ? edit.size : edit.offset + edit.data.length;
  let result = bytes;
  if ('size' in edit ? end !== bytes.length : end > bytes.length) {
    // Twice the room when it grows: files are mostly appended to. `bytes` never shares its memory (see copyBytes).
    const hasRoom = bytes.buffer.byteLength >= end;
    result = Buffer.from(hasRoom ? bytes.buffer : Buffer.alloc(end * 2).buffer, 0, end);
    if (!hasRoom) bytes.copy(result);
    if (end > bytes.length) result.fill(0, bytes.length, end);
  }
  if ('data' in edit) edit.data.copy(result, edit.offset);
  return result;
}

/** Unlike Buffer.from, never a piece of a shared pool. */
function copyBytes(bytes: Buffer): Buffer {
  const copy = Buffer.alloc(bytes.length);
  bytes.copy(copy);
  return copy;
}

export class Disk {
  readonly root = makeDir();
  readonly #folder: string;

  /** An empty disk that stands for `folder`; everything else is not looked at. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The node at a path, links on the way followed; undefined outside the folder and for what is not there. */
  find(path: string, depth = 0): Node | undefined {
    const full = resolve(path);
    if (full === this.#folder) return this.root;
    if (!full.startsWith(`${this.#folder}/`) || depth > 8) return undefined;
    let node: Node | undefined = this.root;
    let at = this.#folder;
    for (const name of full.slice(this.#folder.length + 1).split('/')) {
      if (node?.kind === 'link') {
        at = resolve(dirname(at), node.target);
        node = this.find(at, depth + 1);
      }
      if (node?.kind !== 'dir') return undefined;
      node = node.live.get(name);
      at = join(at, name);
    }
    return node;
  }

  #place(path: string): Place | undefined {
    const full = resolve(path);
    let parent = this.find(dirname(full));
    if (parent?.kind === 'link') parent = this.find(resolve(dirname(dirname(full)), parent.target));
    return parent?.kind === 'dir' ? { parent, name: full.slice(dirname(full).length + 1) } : undefined;
  }

  #setName({ parent, name }: Place, node: Node | undefined, at: number): void {
    const before = parent.live.get(name);
    if (before) before.names = before.names.filter((one) => one.parent !== parent || one.name !== name);
    if (node) {
      parent.live.set(name, node);
      node.names.push({ parent, name });
    } else parent.live.delete(name);
    parent.pending.push({ at, what: { name, node } });
  }

  /** Makes a file, directory or link; what stood there before loses its name. */
  create(path: string, kind: 'file' | 'dir' | { target: string }, at: number): Node | undefined {
    const place = this.#place(path);
    if (!place) return undefined;
    const node: Node =
      kind === 'file' ? makeFile() : kind === 'dir' ? makeDir() : { kind: 'link', ...kind, names: [] };
    this.#setName(place, node, at);
    return node;
  }

  remove(path: string, at: number): void {
    const place = this.#place(path);
    if (place?.parent.live.has(place.name)) this.#setName(place, undefined, at);
  }

  /** Gives a node another name, or with `keep` a further one; `swap` exchanges the two. */
  rename(from: string, to: string, at: number, how: 'move' | 'keep' | 'swap' = 'move'): void {
    const source = this.#place(from);
    const target = this.#place(to);
    const node = source?.parent.live.get(source.name);
    const other = target?.parent.live.get(target.name);
    if (source && how !== 'keep') this.#setName(source, how === 'swap' ? other : undefined, at);
    // Something from outside the folder has no contents that are known: nothing of Weir moves files in.
    if (target && node) this.#setName(target, node, at);
  }

  write(file: FileNode, offset: number, data: Buffer, at: number): void {
    file.pending.push({ at, what: { offset, data } });
    file.size = Math.max(file.size, offset + data.length);
  }

  truncate(file: FileNode, size: number, at: number): void {
    file.pending.push({ at, what: { size } });
    file.size = size;
  }

  /** An fsync that began at `start`. */
  sync(node: Node, start: number): void {
    if (node.kind === 'file') {
      const covered = node.pending.filter((change) => change.at < start);
      for (const { what } of covered) node.durable = applyEdit(node.durable, what);
      node.pending = node.pending.filter((change) => change.at >= start);
    } else if (node.kind === 'dir') {
      this.#keepNames(node, (change) => change.at < start);
    }
  }

  #keepNames(dir: DirNode, isKept: (change: DirNode['pending'][number]) => boolean): void {
    for (const change of dir.pending.filter(isKept)) {
      const { name, node } = change.what;
      if (node) dir.durable.set(name, node);
      else dir.durable.delete(name);
    }
    dir.pending = dir.pending.filter((change) => !isKept(change));
  }

  /** sync(2), syncfs(2): everything done before `start`. */
  syncAll(start: number, dir = this.root): void {
    for (const node of new Set([...dir.live.values(), ...dir.durable.values()])) {
      if (node.kind === 'dir') this.syncAll(start, node);
      else this.sync(node, start);
    }
    this.sync(dir, start);
  }

  /**
   * Writes what a power loss now would leave into an empty folder. Owners and modes are not followed through the calls: they
   * are taken from what stands at the same place in `like`.
   */
  writeDurable(folder: string, like: string, loss: Loss = 'all', dir = this.root): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    copyOwner(like, folder);
    const names = new Map(dir.durable);
    for (const { what } of keepSome(dir.pending, loss)) {
      if (what.node) names.set(what.name, what.node);
      else names.delete(what.name);
    }
    for (const [name, node] of names) {
      const path = join(folder, name);
      if (node.kind === 'dir') this.writeDurable(path, join(like, name), loss, node);
      else if (node.kind === 'link') symlinkSync(node.target, path);
      else {
        writeFileSync(path, readDurable(node, loss), { mode: 0o600 });
        copyOwner(join(like, name), path);
      }
    }
  }

  /** Paths whose contents on the real disk differ from what all the calls together should have made of them. */
  compare(folder: string, dir = this.root): string[] {
    const real = new Set(readdirSync(folder));
    const missing = [...dir.live.keys()].filter((name) => !real.has(name)).map((name) => join(folder, name));
    const wrong = [...real].flatMap((name) => {
      const path = join(folder, name);
      const found = lstatSync(path);
      const node = dir.live.get(name);
      if (found.isDirectory()) return node?.kind === 'dir' ? this.compare(path, node) : [path];
      if (found.isSymbolicLink())
        return node?.kind === 'link' && node.target === readlinkSync(path) ? [] : [path];
      if (!found.isFile()) return [];
      if (node?.kind !== 'file') return [path];
      const bytes = node.pending.reduce((done, { what }) => applyEdit(done, what), copyBytes(node.durable));
      return bytes.equals(readFileSync(path)) ? [] : [path];
    });
    return [...missing, ...wrong];
  }
}

/** Of the nearest folder above, where the place itself is gone. */
function copyOwner(like: string, path: string): void {
  let from = like;
  while (!existsSync(from)) from = dirname(from);
  const { uid, gid, mode } = statSync(from);
  if (from === like) chmodSync(path, mode & 0o777);
  chownSync(path, uid, gid);
}

function keepSome<T>(pending: readonly Change<T>[], loss: Loss): readonly Change<T>[] {
  return loss === 'all' ? [] : pending.slice(0, Math.floor(loss.random() * (pending.length + 1)));
}

function readDurable(file: FileNode, loss: Loss): Buffer {
  const kept = keepSome(file.pending, loss);
  const bytes = kept.reduce((done, { what }) => applyEdit(done, what), copyBytes(file.durable));
  const torn = loss === 'all' ? undefined : file.pending[kept.length]?.what;
  if (loss === 'all' || torn === undefined || 'size' in torn) return bytes;
  const part = torn.data.subarray(0, Math.floor(loss.random() * torn.data.length));
  return applyEdit(bytes, { offset: torn.offset, data: part });
}
