/** Applies recorded calls to a Disk. */
import type { Disk, FileNode } from './disk.js';
import { type Call, readDescriptor, readPaths, readStrings } from './trace.js';

/** An open file: where the next write(2) goes. */
interface Opened {
  position: number;
  append: boolean;
}

/** What a call does to the disk, by its name. A call not named here changes nothing that lasts. */
type Effect = (call: Call) => void;

/** Calls that change files in ways that are not followed; seeing one inside the folder means the simulation says nothing. */
const NOT_FOLLOWED = new Set(['copy_file_range', 'sendfile', 'splice', 'io_submit', 'msync']);

export class Replay {
  readonly disk: Disk;
  /** An fsync for which this is false is passed over, as by a program that forgot it. */
  readonly #isHonoured: (path: string) => boolean;
  readonly #opened = new Map<string, Opened>();

  constructor(disk: Disk, isHonoured: (path: string) => boolean = () => true) {
    this.disk = disk;
    this.#isHonoured = isHonoured;
  }

  apply(call: Call): void {
    const effect = this.#effects[call.name];
    if (effect) effect(call);
    else if (NOT_FOLLOWED.has(call.name) && this.#file(call)) throw new Error(`${call.name} is not followed`);
  }

  readonly #effects: Readonly<Record<string, Effect>> = {
    open: (call) => this.#open(call),
    openat: (call) => this.#open(call),
    creat: (call) => this.#open(call),
    write: (call) => this.#write(call),
    writev: (call) => this.#write(call),
    pwrite64: (call) => this.#writeAt(call),
    pwritev: (call) => this.#writeAt(call),
    pwritev2: (call) => this.#writeAt(call),
    lseek: (call) => this.#seek(call),
    ftruncate: (call) => this.#truncate(this.#file(call)?.node, call),
    truncate: (call) => this.#truncate(this.#fileAt(readPaths(call.args, call.cwd)[0]), call),
    fallocate: (call) => this.#allocate(call),
    fsync: (call) => this.#sync(call),
    fdatasync: (call) => this.#sync(call),
    sync: (call) => this.disk.syncAll(call.start),
    syncfs: (call) => this.disk.syncAll(call.start),
    mkdir: (call) => this.#create(call, 'dir'),
    mkdirat: (call) => this.#create(call, 'dir'),
    symlink: (call) => this.#symlink(call),
    symlinkat: (call) => this.#symlink(call),
    link: (call) => this.#rename(call, 'keep'),
    linkat: (call) => this.#rename(call, 'keep'),
    rename: (call) => this.#rename(call),
    renameat: (call) => this.#rename(call),
    renameat2: (call) => this.#rename(call, call.args.includes('RENAME_EXCHANGE') ? 'swap' : 'move'),
    unlink: (call) => this.#remove(call),
    unlinkat: (call) => this.#remove(call),
    rmdir: (call) => this.#remove(call),
  };

  #fileAt(path: string | undefined): FileNode | undefined {
    const node = path === undefined ? undefined : this.disk.find(path);
    return node?.kind === 'file' ? node : undefined;
  }

  #file(call: Call): { node: FileNode; opened: Opened } | undefined {
    const at = readDescriptor(call.args);
    const node = this.#fileAt(at?.path);
    if (!at || !node) return undefined;
    const key = `${at.fd} ${at.path}`;
    let opened = this.#opened.get(key);
    if (!opened) {
      // Opened before a rename, or handed down: it goes on at the end.
      opened = { position: node.size, append: false };
      this.#opened.set(key, opened);
    }
    return { node, opened };
  }

  #open(call: Call): void {
    const flags = call.args.slice(call.args.lastIndexOf('"'));
    const isCreat = call.name === 'creat';
    if (!isCreat && !/O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/.test(flags)) return;
    let node = this.disk.find(call.returnedPath);
    if (!node && (isCreat || flags.includes('O_CREAT')))
      node = this.disk.create(call.returnedPath, 'file', call.end);
    if (node?.kind !== 'file') return;
    if ((isCreat || flags.includes('O_TRUNC')) && node.size > 0) this.disk.truncate(node, 0, call.end);
    this.#opened.set(`${call.returned} ${call.returnedPath}`, {
      position: 0,
      append: flags.includes('O_APPEND'),
    });
  }

  #write(call: Call): void {
    const file = this.#file(call);
    if (!file) return;
    const { node, opened } = file;
    const data = Buffer.concat(readStrings(call.args)).subarray(0, call.returned);
    const offset = opened.append ? node.size : opened.position;
    this.disk.write(node, offset, data, call.end);
    opened.position = offset + data.length;
  }

  #writeAt(call: Call): void {
    const file = this.#file(call);
    if (!file) return;
    const data = Buffer.concat(readStrings(call.args)).subarray(0, call.returned);
    const numbers = call.args.slice(call.args.lastIndexOf('"')).match(/-?\d+/g) ?? [];
    // pwrite64(fd, data, length, offset); pwritev(fd, [{…, iov_len=n}], count, offset)
    const tail =
      call.name === 'pwrite64' ? numbers : call.args.slice(call.args.lastIndexOf(']')).match(/\d+/g);
    this.disk.write(file.node, Number(tail?.[1]), data, call.end);
  }

  #seek(call: Call): void {
    const file = this.#file(call);
    if (file) file.opened.position = call.returned;
  }

  #truncate(node: FileNode | undefined, call: Call): void {
    if (node) this.disk.truncate(node, Number(/(\d+)$/.exec(call.args)?.[1]), call.end);
  }

  #allocate(call: Call): void {
    const file = this.#file(call);
    if (!file) return;
    const [, , offset = '0', length = '0'] = call.args.split(', ');
    if (call.args.includes('KEEP_SIZE')) return;
    const size = Number(offset) + Number(length);
    if (size > file.node.size) this.disk.truncate(file.node, size, call.end);
  }

  #sync(call: Call): void {
    const path = readDescriptor(call.args)?.path;
    const node = path === undefined ? undefined : this.disk.find(path);
    if (path !== undefined && node && this.#isHonoured(path)) this.disk.sync(node, call.start);
  }

  #create(call: Call, kind: 'dir'): void {
    const [path] = readPaths(call.args, call.cwd);
    if (path !== undefined && this.disk.find(path) === undefined) this.disk.create(path, kind, call.end);
  }

  #symlink(call: Call): void {
    const [target] = readStrings(call.args);
    const path = readPaths(call.args, call.cwd)[1];
    if (target && path !== undefined) this.disk.create(path, { target: target.toString() }, call.end);
  }

  #rename(call: Call, how: 'move' | 'keep' | 'swap' = 'move'): void {
    const [from, to] = readPaths(call.args, call.cwd);
    if (from !== undefined && to !== undefined) this.disk.rename(from, to, call.end, how);
  }

  #remove(call: Call): void {
    const [path] = readPaths(call.args, call.cwd);
    if (path !== undefined) this.disk.remove(path, call.end);
  }
}
