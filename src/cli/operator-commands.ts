/** Commands that ask a running Weir what an operator would: keys, and rejected events once more. */
import type { CAC } from 'cac';
import { SCOPES } from '../access/key.js';
import { loadConfig } from '../config.js';
import type { Keys } from '../embedded/data-folder.js';
import { findNearest } from '../mdl/suggest.js';
import { findTarget, sendOrFail, type Target, type TargetOptions } from './client.js';
import { CommandError } from './command-error.js';
import { formatTable } from './table.js';

const KEY_ACTIONS = ['create', 'list', 'revoke'] as const;
type KeyAction = (typeof KEY_ACTIONS)[number];

const isKeyAction = (text: string): text is KeyAction => (KEY_ACTIONS as readonly string[]).includes(text);

function target(flags: TargetOptions, scope: keyof Keys): Target {
  return findTarget(flags, process.env, loadConfig(process.env).dataFolder, scope);
}

const sendJson = (to: Target, method: string, path: string, body: object): Promise<unknown> =>
  sendOrFail(to, method, path, { bytes: JSON.stringify(body), type: 'application/json' });

/** Filters as a query string, without those not given. */
function composeQuery(filters: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(filters).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

interface KeyFlags extends TargetOptions {
  scopes?: string;
  name?: string;
  project?: string;
  maxRows?: string | number;
}

async function createKey(flags: KeyFlags): Promise<void> {
  if (flags.scopes === undefined) {
    throw new CommandError(
      `Say what the key may do: --scopes with some of ${SCOPES.join(', ')}, as in --scopes write.`,
      2,
    );
  }
  const { name, project, maxRows } = flags;
  const scopes = String(flags.scopes).split(',');
  const made = await sendJson(target(flags, 'admin'), 'POST', '/v1/keys', {
    scopes,
    ...(name === undefined ? {} : { name: String(name) }),
    ...(project === undefined ? {} : { project: String(project) }),
    ...(maxRows === undefined ? {} : { limits: { max_rows_to_read: Number(maxRows) } }),
  });
  console.log(JSON.stringify(made));
}

async function listKeys(flags: KeyFlags): Promise<void> {
  const query = composeQuery({ project: flags.project, limit: 1000 });
  const { data } = (await sendOrFail(target(flags, 'admin'), 'GET', `/v1/keys${query}`)) as {
    data: Record<string, unknown>[];
  };
  console.log(
    formatTable(
      data.map(({ scopes, limits, ...rest }) => ({
        ...rest,
        scopes: [scopes].flat().join(','),
        max_rows: (limits as { max_rows_to_read?: number }).max_rows_to_read ?? null,
      })),
    ),
  );
}

async function runKeys(action: string, id: string | undefined, flags: KeyFlags): Promise<void> {
  if (!isKeyAction(action)) {
    const near = findNearest(action, KEY_ACTIONS);
    throw new CommandError(
      `weir keys ${action}: allowed is ${KEY_ACTIONS.join(', ')}${near ? ` (did you mean ${near}?)` : ''}.`,
      2,
    );
  }
  if (action === 'create') return createKey(flags);
  if (action === 'list') return listKeys(flags);
  if (id === undefined)
    throw new CommandError('Say which key: weir keys revoke ID; weir keys list shows them.', 2);
  const query = composeQuery({ project: flags.project });
  console.log(
    JSON.stringify(
      await sendOrFail(target(flags, 'admin'), 'DELETE', `/v1/keys/${encodeURIComponent(id)}${query}`),
    ),
  );
}

interface ReplayFlags extends TargetOptions {
  event?: string;
  code?: string;
  since?: string;
  until?: string;
  limit?: number;
}

async function runReplay({ url, key, event, code, since, until, limit }: ReplayFlags): Promise<void> {
  const query = composeQuery({ event, code, since, until, limit });
  const to = target(
    { ...(url === undefined ? {} : { url }), ...(key === undefined ? {} : { key }) },
    'admin',
  );
  console.log(JSON.stringify(await sendOrFail(to, 'POST', `/v1/rejected-events/replay${query}`)));
}

const URL_HELP = 'Where Weir is; otherwise WEIR_URL, or the one running on WEIR_DATA';

export function addOperatorCommands(cli: CAC): void {
  cli
    .command('keys <action> [id]', 'Keys: create, list, or revoke ID')
    .option('--scopes <list>', `What a new key may do: some of ${SCOPES.join(', ')}`)
    .option('--name <name>', 'What a new key is for')
    .option('--project <id>', 'A project other than that of the key this is asked with')
    .option(
      '--max-rows <number>',
      'Rows that one question of a new key may read, where its project allows more',
    )
    .option('--url <url>', URL_HELP)
    .option('--key <key>', 'An admin key; otherwise WEIR_KEY, or the one in WEIR_DATA/keys.json')
    .example('  $ weir keys create --scopes write --name website')
    .example('  $ weir keys list')
    .example('  $ weir keys revoke key_6bLrGmZJgWb0zXkc')
    .action((action: string, id: string | undefined, flags: KeyFlags) => runKeys(action, id, flags));
  cli
    .command('replay', 'Send rejected events once more, after what they were rejected for was mended')
    .option('--event <name>', 'Only events of this type')
    .option('--code <code>', 'Only those rejected for this reason')
    .option('--since <time>', 'Only those received since this time, as in 2026-01-31T12:00:00Z')
    .option('--until <time>', 'Only those received before')
    .option('--limit <n>', 'At most so many, up to 100,000')
    .option('--url <url>', URL_HELP)
    .option('--key <key>', 'A key that may define; otherwise WEIR_KEY, or the one in WEIR_DATA/keys.json')
    .example('  $ weir replay --code schema_violation --event purchase')
    .action((flags: ReplayFlags) => runReplay(flags));
}
