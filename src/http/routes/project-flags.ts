/** GET|PUT /v1/flags: what a project has switched off, or opened to some of its keys only. */
import * as v from 'valibot';
import { FLAG_DEFAULT, FLAG_NAMES, type FlagName } from '../../flags/flag.js';
import { type ShownFlag, setFlags } from '../../flags/live-flags.js';
import { parseRequest } from '../../query/request.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { type App, requireScope } from '../route.js';

const percent = 'rollout_percent is a whole number from 0 to 100.';

const Setting = v.union(
  [
    v.boolean(),
    v.strictObject({
      enabled: v.optional(v.boolean()),
      rollout_percent: v.optional(
        v.pipe(v.number(percent), v.integer(percent), v.minValue(0, percent), v.maxValue(100, percent)),
      ),
    }),
  ],
  'A flag is true, false, or {"enabled": …, "rollout_percent": 0 to 100}.',
);

const Flags = v.strictObject(
  Object.fromEntries(FLAG_NAMES.map((name) => [name, v.optional(Setting)])) as Record<
    FlagName,
    ReturnType<typeof v.optional<typeof Setting, undefined>>
  >,
);

const showFlag = ({ name, enabled, rolloutPercent, on, updatedAt }: ShownFlag) => ({
  name,
  enabled,
  rollout_percent: rolloutPercent,
  on,
  updated_at: updatedAt?.toISOString() ?? null,
});

export function registerProjectFlagRoutes(app: App, { flags, metadata }: AppDeps): void {
  const answer = (c: AppContext): Response =>
    c.json({ data: flags.list(c.var.access).map(showFlag), next_cursor: null });

  app.get('/v1/flags', (c) => answer(c));

  app.put('/v1/flags', requireScope('admin'), async (c) => {
    const given = parseRequest(Flags, await readJson(c));
    const current = new Map(flags.list(c.var.access).map((flag) => [flag.name, flag]));
    const changes = FLAG_NAMES.flatMap((name) => {
      const setting = given[name];
      if (setting === undefined) return [];
      const { enabled, rolloutPercent } = current.get(name) ?? FLAG_DEFAULT;
      return typeof setting === 'boolean'
        ? [{ name, enabled: setting, rolloutPercent }]
        : [
            {
              name,
              enabled: setting.enabled ?? enabled,
              rolloutPercent: setting.rollout_percent ?? rolloutPercent,
            },
          ];
    });
    await setFlags(metadata, c.var.access, changes);
    await flags.reload();
    return answer(c);
  });
}
