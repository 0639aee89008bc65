/**
 * What lies in WEIR_DATA beside the backends' own folders:
 *
 *   keys.json      keys of the project "default", for the person who started Weir and for the command line
 *   embedded.json  password of the embedded engine and Postgres, made with the folder
 *   instance.json  where the running instance answers; only there while it runs
 *
 * All are readable by the owner only.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { generateKey, SCOPES } from '../access/key.js';
import { makeFolder } from '../paths.js';
import { replaceFile, syncFolder } from './durable.js';

const KeysFile = v.object({
  admin: v.string(),
  read: v.string(),
  write: v.string(),
  /** Whether a start has shown them. */
  shown: v.optional(v.boolean()),
});
const EmbeddedFile = v.object({ password: v.string() });
const InstanceFile = v.object({
  pid: v.number(),
  url: v.string(),
  clickhouse_url: v.string(),
  redis_url: v.string(),
  database_url: v.string(),
});

export type Keys = Omit<v.InferOutput<typeof KeysFile>, 'shown'>;
/** Where a running instance and its backends answer. */
export type Instance = v.InferOutput<typeof InstanceFile>;

function readJson<T>(path: string, schema: v.GenericSchema<T>): T | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return v.parse(schema, JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new Error(`${path} cannot be read as what Weir wrote there; mend it or move it away`, { cause });
  }
}

const writeJson = (path: string, value: unknown): void =>
  replaceFile(path, `${JSON.stringify(value, null, 2)}\n`);

/** Makes the data folder and its folder of logs. Throws an Error with a sentence when it cannot be used by this user. */
export function openDataFolder(folder: string): void {
  try {
    makeFolder(join(folder, 'logs'));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : cause;
    throw new Error(
      `WEIR_DATA is ${JSON.stringify(folder)}; allowed: a folder this user can make and write to (${code}).`,
      { cause },
    );
  }
  const file = join(folder, 'embedded.json');
  const owner = existsSync(file) ? statSync(file).uid : process.getuid?.();
  if (owner !== process.getuid?.()) {
    throw new Error(
      `WEIR_DATA ${folder} was made by user ${owner} and Weir runs as user ${process.getuid?.()}: start as that user, or choose another folder.`,
    );
  }
}

/** Where backends made folders of their own: `redis/appendonlydir`, `postgres/data`, `engine/data`. */
const BACKEND_LEVELS = 2;

/** Makes the data folder's own name last, and those of the folders that its backends made when they first started. */
export function keepFolderNames(folder: string, levels = BACKEND_LEVELS): void {
  if (levels === BACKEND_LEVELS) syncFolder(dirname(folder));
  syncFolder(folder);
  if (levels === 0) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) keepFolderNames(join(folder, entry.name), levels - 1);
  }
}

/** The password of the embedded backends; made with the first start, the same ever after. */
export function readPassword(folder: string): string {
  const path = join(folder, 'embedded.json');
  const stored = readJson(path, EmbeddedFile);
  if (stored) return stored.password;
  const made = { password: randomBytes(18).toString('hex') };
  writeJson(path, made);
  return made.password;
}

const FIRST_KEY_SCOPES = { admin: SCOPES, read: ['read'], write: ['write'] } as const;

/**
 * The keys of the project "default": those of the environment, else those kept, else new ones. `toShow` says that some of them
 * were generated and no start has come so far as to show them.
 */
export function readOrMakeKeys(
  folder: string,
  given: Partial<Record<keyof Keys, string | undefined>>,
): { keys: Keys; toShow: boolean } {
  const path = join(folder, 'keys.json');
  const stored = readJson(path, KeysFile);
  const choose = (scope: keyof Keys): string =>
    given[scope] ?? stored?.[scope] ?? generateKey(FIRST_KEY_SCOPES[scope]);
  const keys = { admin: choose('admin'), read: choose('read'), write: choose('write') };
  const shown =
    stored?.shown === true ||
    Object.entries(keys).every(([scope, key]) => given[scope as keyof Keys] === key);
  writeJson(path, { ...keys, shown });
  return { keys, toShow: !shown };
}

/** Notes that the keys have been shown, so that later starts do not show them. */
export function markKeysShown(folder: string): void {
  const stored = readKeys(folder);
  if (stored) writeJson(join(folder, 'keys.json'), { ...stored, shown: true });
}

/** The keys kept in a data folder, if any. */
export const readKeys = (folder: string): Keys | undefined => readJson(join(folder, 'keys.json'), KeysFile);

/** Says where this instance answers; the command line finds it by this. */
export const writeInstance = (folder: string, instance: Instance): void =>
  writeJson(join(folder, 'instance.json'), instance);

export const removeInstance = (folder: string): void =>
  rmSync(join(folder, 'instance.json'), { force: true });

/** The instance running on a data folder, if one is. */
export const readInstance = (folder: string): Instance | undefined =>
  readJson(join(folder, 'instance.json'), InstanceFile);
