import { readFileSync } from 'node:fs';
import { fromRoot } from '../paths.js';

/** The text of `sql/postgres/<name>.sql`. Call it once, at module load. */
export const loadStatement = (name: string): string =>
  readFileSync(fromRoot('sql', 'postgres', `${name}.sql`), 'utf8');
