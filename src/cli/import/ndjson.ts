import type { ImportRecord } from './record.js';
import { readLines, type Source } from './source.js';
import type { Translate } from './translate.js';

/** Records of a source with one JSON object a line. Blank lines are skipped. */
export async function* readNdjson(
  source: Source,
  translate: Translate,
  skipLines: number,
): AsyncGenerator<ImportRecord[]> {
  for await (const lines of readLines(source.chunks)) {
    const records: ImportRecord[] = [];
    for (const { number, text } of lines) {
      if (number <= skipLines) continue;
      if (text === undefined) {
        const problem = { code: 'event_too_large', message: 'the line is longer than any event may be' };
        records.push({ line: number, problem });
      } else if (text.trim() !== '') records.push(translate(text.trim(), number, source.identity));
    }
    if (records.length > 0) yield records;
  }
}
