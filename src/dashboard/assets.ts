/**
 * The built page in memory: a handful of files, found by name, each beside its compressed forms, which the build made. Names of
 * scripts and styles carry their content's hash, so they are kept for ever by browsers; index.html is asked for anew each time.
 */
import { createHash, hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fromRoot } from '../paths.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Encodings, the best first, and the file beside a file that holds it so. */
const ENCODINGS = { br: '.br', gzip: '.gz' } as const;

type Encoding = keyof typeof ENCODINGS;

export interface Asset {
  type: string;
  etag: string;
  /** Kept by browsers without asking again. */
  immutable: boolean;
  body: Buffer;
  /** Of the scripts that stand in a document themselves, as a Content-Security-Policy names them. */
  scriptHashes: readonly string[];
  /** The same compressed, as the build left it; the best first. */
  compressed: readonly { encoding: Encoding; body: Buffer }[];
}

export interface Assets {
  /** A file by its name, such as "index-C6.js"; undefined when there is none. */
  find(name: string): Asset | undefined;
}

const hashScripts = (html: string): string[] =>
  [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script]) => `'sha256-${hash('sha256', script!, 'base64')}'`,
  );

function readAsset(path: string): Asset {
  const body = readFileSync(path);
  const encodings = (Object.keys(ENCODINGS) as Encoding[]).filter((encoding) =>
    existsSync(`${path}${ENCODINGS[encoding]}`),
  );
  return {
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    immutable: extname(path) !== '.html',
    body,
    scriptHashes: extname(path) === '.html' ? hashScripts(body.toString()) : [],
    compressed: encodings.map((encoding) => ({
      encoding,
      body: readFileSync(`${path}${ENCODINGS[encoding]}`),
    })),
  };
}

/** Reads dist/dashboard; without a build there are no assets and the page says so. */
export function loadAssets(folder: string = fromRoot('dist', 'dashboard')): Assets {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const names = files.filter((name) => extname(name) in TYPES);
  const assets = new Map(names.map((name) => [name, readAsset(join(folder, name))]));
  return { find: (name) => assets.get(name) };
}

/** The best form of an asset for an Accept-Encoding header. */
export function chooseBody(
  { body, compressed }: Asset,
  accepted = '',
): { encoding?: Encoding; body: Buffer } {
  return compressed.find(({ encoding }) => new RegExp(`\\b${encoding}\\b`).test(accepted)) ?? { body };
}
