import { readFileSync } from 'node:fs';
import { fromRoot } from '../paths.js';

const texts = new Map<string, string>();

/** The one statement of a file under sql/, such as `clickhouse/trends.sql`; read once. Throws when there is no such file. */
export function loadSql(file: string): string {
  let text = texts.get(file);
  if (text === undefined) {
    text = readFileSync(fromRoot('sql', ...file.split('/')), 'utf8').replace(/;?\s*$/, '');
    texts.set(file, text);
  }
  return text;
}
