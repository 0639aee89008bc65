/** `weir import` as people type it. What it does is loaded when it is asked for. */
import type { CAC } from 'cac';
import type { ImportFlags } from './import/run.js';

export function addImportCommand(cli: CAC): void {
  cli
    .command(
      'import [...files]',
      'Move in: events from files, folders, archives or a Postgres; - is standard input',
    )
    .option(
      '--from <source>',
      'postgres://…, segment-archive, posthog-export, csv, ndjson or parquet; otherwise told by the file',
    )
    .option('--table <name>', 'Postgres: the table to read')
    .option('--query <sql>', 'Postgres: a query to read instead; needs --by')
    .option(
      '--by <columns>',
      'Postgres: in whose order rows are read, unique and never null; otherwise the primary key',
    )
    .option(
      '--map <pairs>',
      'Which column is which field: user_id=uid,timestamp=created_at:s,properties.plan=data.plan',
    )
    .option('--set <pairs>', 'What a field is in every event, as in event=purchase')
    .option('--rest <what>', 'Columns that feed no field: properties, or drop')
    .option('--text', 'CSV: leave properties as text instead of reading numbers, true and false')
    .option('--delimiter <char>', 'CSV: what separates columns; a comma, or a tab for .tsv')
    .option('--format <format>', 'The same as --from, for files')
    .option('--from-date <date>', 'Only events from this day or time on (UTC)')
    .option('--to-date <date>', 'Only events before this day or time (UTC)')
    .option('--dry-run', 'Show the first rows as events and what is wrong with them; store nothing')
    .option('--rate <number>', 'At most so many events a second')
    .option('--no-compare', 'Do not compare what is stored with the source at the end')
    .option('--check-only', 'Send nothing, only compare')
    .option('--check <sums>', 'Compare sums of properties too: sum:revenue,sum:tax')
    .option('--report <file>', 'Write everything that was counted and compared as JSON')
    .option('--rejects <file>', 'Where rejected events are kept; otherwise in WEIR_DATA/imports')
    .option('--gzip', 'Compress requests; on by itself for another machine')
    .option('--again', 'Start from the beginning, whatever an earlier import of this source did')
    .option('--url <url>', 'Where Weir is; otherwise WEIR_URL, or the one running on WEIR_DATA')
    .option('--key <key>', 'A key that may write; otherwise WEIR_KEY, or the one in WEIR_DATA/keys.json')
    .option(
      '--read-key <key>',
      'A key that may read, to compare; otherwise WEIR_READ_KEY, or the one in WEIR_DATA/keys.json',
    )
    .example('  $ weir import events.ndjson.gz')
    .example(
      '  $ weir import orders.csv --set event=purchase --map user_id=customer,timestamp=ordered_at --dry-run',
    )
    .example('  $ weir import --from segment-archive segment-logs/')
    .example("  $ weir import --from posthog-export 'export/**/*.parquet' --check sum:revenue")
    .example(
      '  $ weir import --from postgres://reader@db/app --table events --map event=name,user_id=uid,timestamp=created_at',
    )
    .example("  $ jq -c '.[]' events.json | weir import -")
    .action(async (files: string[], flags: ImportFlags) => {
      const { runImport } = await import('./import/run.js');
      await runImport(files, flags);
    });
}
