import type { CAC } from 'cac';
import { createClickHouse } from '../clickhouse/client.js';
import { loadConfig } from '../config.js';
import { readInstance } from '../embedded/data-folder.js';
import { CommandError } from './command-error.js';
import { formatTable } from './table.js';

/** Rows shown; `limit` in the statement asks for fewer, --format json for all. */
const ROWS_SHOWN_MAX = 1_000;

/** What statements begin with that read, after comments. */
const READS =
  /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/|\()*(?:select|with|show|desc|describe|explain|exists)\b/i;

interface Flags {
  format?: string;
}

async function readStandardInput(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return text;
}

async function runSql(statement: string | undefined, flags: Flags): Promise<void> {
  if (flags.format !== undefined && flags.format !== 'table' && flags.format !== 'json') {
    throw new CommandError(`--format ${flags.format}: allowed is table or json.`, 2);
  }
  const config = loadConfig(process.env);
  const url = config.clickhouseUrl ?? readInstance(config.dataFolder)?.clickhouse_url;
  if (url === undefined) {
    throw new CommandError(
      `No Weir is running on ${config.dataFolder}: start it with npm start, or set CLICKHOUSE_URL.`,
    );
  }
  const sql = (statement ?? (await readStandardInput())).trim().replace(/;$/, '');
  if (sql === '') throw new CommandError('There is no statement: weir sql "select count() from events".', 2);
  if (!READS.test(sql))
    throw new CommandError(
      'weir sql only reads: a statement begins with select, with, show, describe, explain or exists.',
      2,
    );
  const clickhouse = createClickHouse(url);
  try {
    const { rows } = await clickhouse.query<Record<string, unknown>>(sql, { settings: { readonly: 1 } });
    if (flags.format === 'json') {
      for (const row of rows) console.log(JSON.stringify(row));
      return;
    }
    if (rows.length > 0) console.log(formatTable(rows.slice(0, ROWS_SHOWN_MAX)));
    const more = rows.length > ROWS_SHOWN_MAX ? `, the first ${ROWS_SHOWN_MAX} shown` : '';
    console.error(`${rows.length} ${rows.length === 1 ? 'row' : 'rows'}${more}`);
  } finally {
    await clickhouse.close();
  }
}

export function addSqlCommand(cli: CAC): void {
  cli
    .command('sql [statement]', 'Ask ClickHouse itself, read-only; the statement, or standard input')
    .option('--format <format>', 'table, or json: one object a line', { default: 'table' })
    .example('  $ weir sql "select event, count() from events group by event"')
    .action((statement: string | undefined, flags: Flags) => runSql(statement, flags));
}
