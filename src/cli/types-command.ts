/** weir types: event types on the command line. What `suggest` prints is what `apply` takes. */
import { readFileSync } from 'node:fs';
import type { CAC } from 'cac';
import { loadConfig } from '../config.js';
import { findNearest } from '../mdl/suggest.js';
import { type Answer, describeProblem, findTarget, send, sendOrFail, type TargetOptions } from './client.js';
import { CommandError, describeFileFailure } from './command-error.js';
import { formatTable } from './table.js';

const ACTIONS = ['list', 'suggest', 'drift', 'apply', 'pack'] as const;
type Action = (typeof ACTIONS)[number];

const PATH = '/v1/analytics/event-types';

interface TypesFlags extends TargetOptions {
  requiredShare?: number;
  mode?: string;
  force?: boolean;
}

const isAction = (text: string): text is Action => (ACTIONS as readonly string[]).includes(text);

const target = (flags: TypesFlags) =>
  findTarget(flags, process.env, loadConfig(process.env).dataFolder, 'admin');

const pathOf = (name: string): string => `${PATH}/${encodeURIComponent(name)}`;

async function listTypes(flags: TypesFlags): Promise<void> {
  const rows: Record<string, unknown>[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = (await sendOrFail(target(flags), 'GET', `${PATH}?limit=1000&cursor=${cursor}`)) as {
      data: Record<string, unknown>[];
      next_cursor: string | null;
    };
    rows.push(...page.data);
    cursor = page.next_cursor;
  }
  console.log(
    formatTable(rows.map(({ name, category, version, mode }) => ({ name, category, version, mode }))),
  );
}

/** Prints a definition on standard output and what should be known of it on standard error. */
async function suggestType(name: string, flags: TypesFlags): Promise<void> {
  const share = flags.requiredShare === undefined ? '' : `?required_share=${flags.requiredShare}`;
  const { schema, sampled, registered, notes } = (await sendOrFail(
    target(flags),
    'GET',
    `${pathOf(name)}/suggestion${share}`,
  )) as { schema: object; sampled: number; registered: boolean; notes: string[] };
  console.error(`Made of ${sampled} events${registered ? '; the type is registered already' : ''}.`);
  for (const note of notes) console.error(`It ${note}.`);
  console.log(JSON.stringify({ name, schema, mode: flags.mode ?? 'observe' }, null, 2));
}

async function showDrift(name: string, flags: TypesFlags): Promise<void> {
  console.log(JSON.stringify(await sendOrFail(target(flags), 'GET', `${pathOf(name)}/drift`), null, 2));
}

interface Definition {
  name: string;
}

function readDefinitions(file: string): Definition[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandError(`${file} cannot be read (${describeFileFailure(error)}).`, 2);
  }
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const isDefinition = (one: unknown): one is Definition =>
    typeof one === 'object' && one !== null && 'name' in one && typeof one.name === 'string';
  if (list.every(isDefinition)) return list;
  throw new CommandError(`${file} must hold an event type with a name, or an array of them.`, 2);
}

/** Registers what is new and makes versions of what is not. Stops at the first that is refused. */
async function applyTypes(file: string, flags: TypesFlags): Promise<void> {
  const to = target(flags);
  for (const definition of readDefinitions(file)) {
    const body = { bytes: JSON.stringify(definition), type: 'application/json' };
    let answer: Answer = await send(to, 'POST', PATH, body);
    if (answer.status === 409) {
      answer = await send(to, 'PUT', `${pathOf(definition.name)}${flags.force ? '?force=true' : ''}`, body);
    }
    if (answer.status >= 300) throw new CommandError(`${definition.name}: ${describeProblem(answer, to)}`);
    const { version, changed = true } = answer.body as { version: number; changed?: boolean };
    console.log(`${definition.name}: ${changed ? `version ${version}` : `as it was (version ${version})`}`);
  }
}

async function loadPack(name: string, flags: TypesFlags): Promise<void> {
  const mode = flags.mode === undefined ? '' : `?mode=${encodeURIComponent(flags.mode)}`;
  const path = `${PATH}/packs/${encodeURIComponent(name)}${mode}`;
  const { created, skipped } = (await sendOrFail(target(flags), 'POST', path)) as {
    created: object[];
    skipped: string[];
  };
  console.log(`${created.length} event types registered, ${skipped.length} were there already.`);
}

const NAMED: Readonly<Record<Exclude<Action, 'list'>, (name: string, flags: TypesFlags) => Promise<void>>> = {
  suggest: suggestType,
  drift: showDrift,
  apply: applyTypes,
  pack: loadPack,
};

async function runTypes(action: string, name: string | undefined, flags: TypesFlags): Promise<void> {
  if (!isAction(action)) {
    const near = findNearest(action, ACTIONS);
    const hint = near ? ` (did you mean ${near}?)` : '';
    throw new CommandError(`weir types ${action}: allowed is ${ACTIONS.join(', ')}${hint}.`, 2);
  }
  if (action === 'list') return listTypes(flags);
  if (name !== undefined) return NAMED[action](String(name), flags);
  const what = action === 'apply' ? 'FILE' : action === 'pack' ? 'ecommerce' : 'NAME';
  throw new CommandError(`Say which: weir types ${action} ${what}.`, 2);
}

export function addTypesCommand(cli: CAC): void {
  cli
    .command('types <action> [name]', 'Event types: list, suggest NAME, drift NAME, apply FILE, pack NAME')
    .option('--required-share <part>', 'suggest: part of the events a property must be in to be required')
    .option('--mode <mode>', 'suggest, pack: observe, warn, quarantine or reject')
    .option('--force', 'apply: also versions that refuse events the one before took')
    .option('--url <url>', 'Where Weir is; otherwise WEIR_URL, or the one running on WEIR_DATA')
    .option('--key <key>', 'A key with the scopes read and define; otherwise WEIR_KEY, or the admin key')
    .example('  $ weir types list')
    .example('  $ weir types drift order_placed')
    .example('  $ weir types suggest order_placed > order_placed.json')
    .example('  $ weir types apply order_placed.json')
    .example('  $ weir types pack ecommerce --mode observe')
    .action(runTypes);
}
