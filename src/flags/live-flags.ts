/** The flags in force, in this process's memory: asked at each request that a flag gates, never waiting for Postgres. */
import type { Access } from '../access/access.js';
import { RequestError } from '../errors.js';
import { createLiveList, type LiveList } from '../metadata/live-list.js';
import type { Metadata, Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import type { Redis } from '../redis/client.js';
import { createCopy } from '../redis/copy.js';
import { FLAG_DEFAULT, FLAG_NAMES, type FlagName, type FlagSetting, isOn } from './flag.js';

const LIST = loadStatement('flags-list');
const SET = loadStatement('flags-set');
const CHANNEL = 'weir_flags';
const COPY_KEY = 'weir:flags';
/** Flags that are read, of all projects; about 200 bytes each. */
const FLAGS_MAX = 100_000;

export interface ShownFlag extends FlagSetting {
  name: FlagName;
  /** Whether it is on for the key that asks. */
  on: boolean;
  updatedAt: Date | undefined;
}

export interface LiveFlags extends LiveList {
  /** Every flag, as it is for a key. */
  list(access: Access): ShownFlag[];
  /** Throws RequestError 403 `feature_disabled` unless the flag is on for the key. */
  require(access: Access, flag: FlagName): void;
}

interface FlagRow extends FlagSetting {
  project: string;
  name: string;
  updatedAt: Date;
}

/** Loads the flags in the background and keeps them current until closed. */
export function createLiveFlags(
  metadata: Metadata,
  redis: Redis,
  onError?: (error: Error) => void,
): LiveFlags {
  let flags = new Map<string, FlagRow>();
  const keyOf = (project: string, name: string): string => `${project}\u0000${name}`;
  const find = (project: string, name: string): FlagRow | undefined => flags.get(keyOf(project, name));
  const live = createLiveList({
    metadata,
    channel: CHANNEL,
    copy: createCopy(redis, COPY_KEY),
    onError,
    read: () => metadata.query<FlagRow>(LIST, [FLAGS_MAX]),
    apply(rows) {
      flags = new Map(
        rows.map((row) => [keyOf(row.project, row.name), { ...row, updatedAt: new Date(row.updatedAt) }]),
      );
    },
  });
  return {
    ...live,
    list: ({ project, keyId }) =>
      FLAG_NAMES.map((name) => {
        const set = find(project, name);
        const { enabled, rolloutPercent } = set ?? FLAG_DEFAULT;
        const on = isOn({ enabled, rolloutPercent }, name, project, keyId);
        return { name, enabled, rolloutPercent, on, updatedAt: set?.updatedAt };
      }),
    require({ project, keyId }, flag) {
      const set = find(project, flag);
      if (set === undefined || isOn(set, flag, project, keyId)) return;
      throw refuseFeature(flag, set);
    },
  };
}

function refuseFeature(flag: FlagName, { enabled, rolloutPercent }: FlagSetting): RequestError {
  const detail = enabled
    ? `"${flag}" is open to ${rolloutPercent} % of the project's keys, and this key is not among them: PUT /v1/flags with an admin key changes that.`
    : `"${flag}" is switched off for this project: PUT /v1/flags with an admin key switches it on.`;
  return new RequestError(403, 'feature_disabled', detail, [], { members: { flag } });
}

/** Sets flags of a project; `keyId` does it. Throws MetadataError; all are set or none. */
export async function setFlags(
  metadata: Metadata,
  { project, keyId }: Access,
  changes: readonly (FlagSetting & { name: FlagName })[],
): Promise<void> {
  await metadata.transaction(async (run: Run) => {
    for (const { name, enabled, rolloutPercent } of changes)
      await run.query(SET, [project, name, enabled, rolloutPercent, keyId]);
  });
}
