import type { CAC } from 'cac';
import { loadConfig } from '../config.js';
import { CommandError } from './command-error.js';
import type { Rooms } from './rooms.js';

async function runMigrate(rooms: Rooms): Promise<void> {
  const { clickhouseUrl, databaseUrl, keys } = loadConfig(process.env);
  if (clickhouseUrl === undefined || databaseUrl === undefined) {
    throw new CommandError(
      'weir migrate needs CLICKHOUSE_URL and DATABASE_URL; weir up migrates the embedded ones itself.',
      2,
    );
  }
  const applied = await rooms.migrate({ clickhouseUrl, databaseUrl });
  const { admin, read, write } = keys;
  const warnings = admin && read && write ? await rooms.storeKeys(databaseUrl, { admin, read, write }) : [];
  for (const warning of warnings) console.error(warning);
  for (const name of applied) console.log(name);
  console.log(applied.length === 0 ? 'Everything was up to date.' : `${applied.length} applied.`);
}

export function addMigrateCommand(cli: CAC, rooms: Rooms): void {
  cli
    .command(
      'migrate',
      'Bring the schemas of both stores up to date, and store the first keys when all three are set',
    )
    .example('  $ CLICKHOUSE_URL=… DATABASE_URL=… weir migrate')
    .action(() => runMigrate(rooms));
}
