import { deriveEventId, type ImportRecord } from './record.js';
import { type Line, readLines, type Source } from './source.js';

function hasEventId(text: string): boolean {
  if (!text.includes('"event_id"')) return false;
  try {
    const event: unknown = JSON.parse(text);
    return typeof event === 'object' && event !== null && 'event_id' in event;
  } catch {
    // Not JSON: the server says so, with its reason, and no id helps it.
    return true;
  }
}

function toRecord({ number, text }: Line, identity: string): ImportRecord | undefined {
  if (text === undefined) {
    return {
      line: number,
      problem: { code: 'event_too_large', message: 'the line is longer than any event may be' },
    };
  }
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (!trimmed.startsWith('{') || hasEventId(trimmed)) return { line: number, json: trimmed };
  const id = JSON.stringify(deriveEventId(identity, number, trimmed));
  const rest = trimmed.slice(1).trimStart();
  return { line: number, json: `{"event_id":${id}${rest.startsWith('}') ? '' : ','}${rest}` };
}

/** Events of newline-delimited JSON, as they are but for a derived event_id where there is none. Blank lines are skipped. */
export async function* readNdjson(source: Source, skipLines: number): AsyncGenerator<ImportRecord[]> {
  for await (const lines of readLines(source.chunks)) {
    const records: ImportRecord[] = [];
    for (const line of lines) {
      if (line.number <= skipLines) continue;
      const record = toRecord(line, source.identity);
      if (record) records.push(record);
    }
    if (records.length > 0) yield records;
  }
}
