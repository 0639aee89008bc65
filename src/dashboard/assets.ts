/**
 * The built page in memory: a handful of files, compressed once at start, found by name. Names of scripts and styles carry their
 * content's hash, so they are kept for ever by browsers; index.html is asked for anew each time.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { fromRoot } from '../paths.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface Asset {
  type: string;
  etag: string;
  /** Kept by browsers without asking again. */
  immutable: boolean;
  bodies: Readonly<Record<'identity' | 'gzip' | 'br', Buffer>>;
}

export interface Assets {
  /** A file by its name, such as "index-C6.js"; undefined when there is none. */
  find(name: string): Asset | undefined;
}

function readAsset(path: string): Asset {
  const body = readFileSync(path);
  return {
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    immutable: extname(path) !== '.html',
    bodies: { identity: body, gzip: gzipSync(body), br: brotliCompressSync(body) },
  };
}

/** Reads dist/dashboard; without a build there are no assets and the page says so. */
export function loadAssets(folder: string = fromRoot('dist', 'dashboard')): Assets {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const assets = new Map(names.map((name) => [name, readAsset(join(folder, name))]));
  return { find: (name) => assets.get(name) };
}

/** The best encoding of an asset for an Accept-Encoding header. */
export function chooseEncoding(accepted: string | undefined): keyof Asset['bodies'] {
  if (accepted && /\bbr\b/.test(accepted)) return 'br';
  return accepted && /\bgzip\b/.test(accepted) ? 'gzip' : 'identity';
}
