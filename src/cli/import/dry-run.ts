/** `--dry-run`: the first rows as the events they would be, and what Weir would say of them. Nothing is sent to be stored. */
import * as v from 'valibot';
import { sendOrFail, type Target } from '../client.js';
import { CommandError } from '../command-error.js';
import { readDraft, showDraft } from './dialect.js';
import { type Input, START } from './input.js';
import type { ImportRecord } from './record.js';

/** Rows that are checked, the first ones. */
const ROWS_CHECKED = 1_000;
/** Events shown whole. */
const EVENTS_SHOWN = 3;
/** Problems listed. */
const PROBLEMS_LISTED = 20;
/** Events of one request to the validate route. */
const EVENTS_AT_ONCE = 200;

const Problem = v.object({ path: v.string(), code: v.string(), message: v.optional(v.string(), '') });
const Verdict = v.object({ valid: v.boolean(), errors: v.array(Problem) });
const Verdicts = v.union([v.object({ events: v.array(Verdict) }), Verdict]);

interface Checked {
  line: number;
  event: Record<string, unknown>;
}

async function readFirst(input: Input, isWanted: (json: string) => boolean): Promise<ImportRecord[]> {
  const records: ImportRecord[] = [];
  for await (const batch of input.read({ ...START, files: [] })) {
    records.push(...batch.filter((record) => !('json' in record) || isWanted(record.json)));
    if (records.length >= ROWS_CHECKED) break;
  }
  return records.slice(0, ROWS_CHECKED);
}

async function validate(target: Target, checked: readonly Checked[]): Promise<string[]> {
  const found: string[] = [];
  for (let from = 0; from < checked.length; from += EVENTS_AT_ONCE) {
    const part = checked.slice(from, from + EVENTS_AT_ONCE);
    const body = {
      bytes: JSON.stringify({ events: part.map(({ event }) => event) }),
      type: 'application/json',
    };
    const answer = v.safeParse(
      Verdicts,
      await sendOrFail(target, 'POST', '/v1/analytics/events/validate', body),
    );
    if (!answer.success) throw new CommandError(`${target.url} does not answer like Weir.`);
    const verdicts = 'events' in answer.output ? answer.output.events : [answer.output];
    verdicts.forEach(({ errors }, index) => {
      for (const { path, code, message } of errors)
        found.push(`${part[index]?.line}\u0000${code}  ${path === '' ? '' : `${path}: `}${message}`);
    });
  }
  return found;
}

/** Prints what an import would do. The number of rows with problems among those checked. */
export async function showDryRun(
  input: Input,
  target: Target,
  isWanted: (json: string) => boolean,
  print: (line: string) => void,
): Promise<number> {
  const records = await readFirst(input, isWanted);
  const problems: string[] = [];
  const checked: Checked[] = [];
  for (const record of records) {
    const draft = 'json' in record ? readDraft(input.dialect, record.json) : undefined;
    if ('problem' in record)
      problems.push(`${record.line}\u0000${record.problem.code}  ${record.problem.message}`);
    else if (draft === undefined) problems.push(`${record.line}\u0000malformed_json  the line is not JSON`);
    else if (draft.problems !== undefined)
      for (const { code, path, message } of draft.problems)
        problems.push(`${record.line}\u0000${code}  ${path}: ${message}`);
    else checked.push({ line: record.line, event: showDraft(draft) });
  }
  problems.push(...(await validate(target, checked)));
  problems.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  print(`${input.name}: the first ${records.length} rows, nothing is stored`);
  for (const { event } of checked.slice(0, EVENTS_SHOWN)) print(`  ${JSON.stringify(event)}`);
  const bad = new Set(problems.map((problem) => problem.split('\u0000')[0])).size;
  print(bad === 0 ? '  all of them are valid' : `  ${records.length - bad} are valid, ${bad} are not:`);
  for (const problem of problems.slice(0, PROBLEMS_LISTED)) {
    const [line = '', text = ''] = problem.split('\u0000');
    print(`  ${input.describeLine(Number(line))}  ${text}`);
  }
  if (problems.length > PROBLEMS_LISTED) print(`  and ${problems.length - PROBLEMS_LISTED} more`);
  return bad;
}
