import type { CAC } from 'cac';
import { loadConfig } from '../config.js';
import { findTarget, sendOrFail } from './client.js';
import { CommandError } from './command-error.js';
import { readCell } from './import/row.js';

interface Flags {
  user?: string | number;
  anonymous?: string | number;
  id?: string | number;
  timestamp?: string | number;
  property?: string | string[];
  url?: string;
  key?: string;
}

function readProperties(given: string | string[] | undefined): Record<string, unknown> {
  const pairs = [given ?? []].flat().map((pair): [string, unknown] => {
    const at = String(pair).indexOf('=');
    if (at < 1) throw new CommandError(`--property ${pair}: allowed is NAME=VALUE.`, 2);
    return [pair.slice(0, at), readCell(pair.slice(at + 1), false) ?? ''];
  });
  return Object.fromEntries(pairs);
}

async function runSend(event: string, flags: Flags): Promise<void> {
  const config = loadConfig(process.env);
  const target = findTarget(flags, process.env, config.dataFolder, 'write');
  if (flags.user === undefined && flags.anonymous === undefined) {
    throw new CommandError('Say who did it: --user ID or --anonymous ID.', 2);
  }
  const body = {
    event,
    ...(flags.user === undefined ? {} : { user_id: String(flags.user) }),
    ...(flags.anonymous === undefined ? {} : { anonymous_id: String(flags.anonymous) }),
    ...(flags.id === undefined ? {} : { event_id: String(flags.id) }),
    ...(flags.timestamp === undefined ? {} : { timestamp: flags.timestamp }),
    properties: readProperties(flags.property),
  };
  const answer = await sendOrFail(target, 'POST', '/v1/events?wait=stored', {
    bytes: JSON.stringify(body),
    type: 'application/json',
  });
  console.log(JSON.stringify(answer));
}

export function addSendCommand(cli: CAC): void {
  cli
    .command('send <event>', 'Send one event and wait until it is stored')
    .option('--user <id>', 'Who did it')
    .option('--anonymous <id>', 'Who did it, before they are known')
    .option('--property <name=value>', 'A property; may be given several times')
    .option('--id <id>', 'The event_id; a second event with it is a duplicate')
    .option('--timestamp <time>', 'When it happened, ISO or epoch milliseconds; otherwise now')
    .option('--url <url>', 'Where Weir is; otherwise WEIR_URL, or the one running on WEIR_DATA')
    .option('--key <key>', 'A key that may write; otherwise WEIR_KEY, or the one in WEIR_DATA/keys.json')
    .example('  $ weir send signup --user ada --property plan=pro')
    .action((event: string, flags: Flags) => runSend(event, flags));
}
