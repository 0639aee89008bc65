/**
 * What an import remembers in WEIR_DATA/imports/, one file for each source and target:
 *
 *   doneLine  every line up to here has its outcome, counted in `totals`; a resumed import goes on behind it
 *   doneKey   the key of that row, where the source has keys
 *   files     of many files those read to their end, in their order, with their lines
 *   codes     why events were rejected, counted; `''` for those the server counted without naming them
 *   filtered  rows outside of --from-date and --to-date
 *   run       names the run in its idempotency keys: a request repeated after an interrupt gets its first answer again, so
 *             events are neither stored twice nor counted as duplicates of themselves
 *
 * The file is replaced in one move. Losing it costs only the skipping: events carry ids, so sending them again stores nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { makeFolder } from '../../paths.js';

const Totals = v.object({ stored: v.number(), duplicates: v.number(), rejected: v.number() });
const Codes = v.record(v.string(), v.number());
const StateFile = v.object({
  source: v.string(),
  target: v.string(),
  run: v.string(),
  doneLine: v.number(),
  doneKey: v.optional(v.string()),
  files: v.optional(v.array(v.tuple([v.string(), v.number()])), []),
  totals: Totals,
  codes: v.optional(Codes, {}),
  filtered: v.optional(v.number(), 0),
  finishedAt: v.nullable(v.string()),
});

export type Totals = v.InferOutput<typeof Totals>;
export type ImportState = v.InferOutput<typeof StateFile>;

export interface ImportMemory {
  state: ImportState;
  /** When an earlier import of the same source finished. */
  finishedBefore: string | undefined;
  /** Where the rejected events of this import are kept. */
  rejectsPath: string;
  /** Rejected events of this or the import before, by code. */
  codes: Readonly<Record<string, number>>;
  save(): void;
}

/** What decides which requests an import makes; two imports that differ in it share nothing. */
export interface ImportIdentity {
  source: string;
  identity: string;
  target: string;
  /** Mapping and format options. */
  options: unknown;
}

function readState(path: string): ImportState | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return v.parse(StateFile, JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Unreadable state is no state: the events' ids keep the import exact.
    return undefined;
  }
}

/** Opens the memory of an import: where an interrupted one stopped, else a new one. `again` forgets what was. */
export function openMemory(dataFolder: string, identity: ImportIdentity, again: boolean): ImportMemory {
  const { source, target } = identity;
  const name = createHash('sha256')
    .update(JSON.stringify([identity.identity, target, identity.options]))
    .digest('hex')
    .slice(0, 24);
  const folder = join(dataFolder, 'imports');
  const path = join(folder, `${name}.json`);
  const found = again ? undefined : readState(path);
  const fresh = (): ImportState => ({
    source,
    target,
    run: randomBytes(9).toString('base64url'),
    doneLine: 0,
    files: [],
    totals: { stored: 0, duplicates: 0, rejected: 0 },
    codes: {},
    filtered: 0,
    finishedAt: null,
  });
  const state = found && found.finishedAt === null ? found : fresh();
  return {
    state,
    finishedBefore: found?.finishedAt ?? undefined,
    rejectsPath: join(folder, `${name}.rejects.ndjson`),
    codes: found?.codes ?? {},
    save() {
      makeFolder(folder);
      writeFileSync(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}
