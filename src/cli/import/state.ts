/**
 * What an import remembers in WEIR_DATA/imports/, one file for each source and target:
 *
 *   doneLine  every line up to here has its outcome, counted in `totals`; a resumed import goes on behind it
 *   run       names the run in its idempotency keys: a request repeated after an interrupt gets its first answer again, so
 *             events are neither stored twice nor counted as duplicates of themselves
 *
 * The file is replaced in one move. Losing it costs only the skipping: events carry ids, so sending them again stores nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

const Totals = v.object({ stored: v.number(), duplicates: v.number(), rejected: v.number() });
const StateFile = v.object({
  source: v.string(),
  target: v.string(),
  run: v.string(),
  doneLine: v.number(),
  totals: Totals,
  finishedAt: v.nullable(v.string()),
});

export type Totals = v.InferOutput<typeof Totals>;
export type ImportState = v.InferOutput<typeof StateFile>;

export interface ImportMemory {
  state: ImportState;
  /** When an earlier import of the same source finished. */
  finishedBefore: string | undefined;
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
    totals: { stored: 0, duplicates: 0, rejected: 0 },
    finishedAt: null,
  });
  const state = found && found.finishedAt === null ? found : fresh();
  return {
    state,
    finishedBefore: found?.finishedAt ?? undefined,
    save() {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}
