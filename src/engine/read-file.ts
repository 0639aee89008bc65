/**
 * A process that reads one file (or URL) with the engine's readers and writes its rows to standard output, one a line: JSON
 * objects of Parquet, lines as they are of text, whatever it is compressed with. It opens an engine of its own on a
 * temporary folder and never sees Weir's data; it ends when nobody reads any more.
 *
 *   node read-file.js parquet|text PATH|URL
 */
import { once } from 'node:events';
import { Session } from 'chdb';
import { quoteString } from './lexer.js';

/** One thread and in order: row N is the same row in every run, and memory stays at a few blocks. */
const SETTINGS = [
  'max_threads = 1',
  'input_format_parquet_preserve_order = 1',
  'output_format_json_quote_64bit_integers = 0',
  'output_format_json_quote_denormals = 1',
  'output_format_json_named_tuples_as_objects = 1',
  "date_time_output_format = 'iso'",
  'max_block_size = 8192',
];

const FORMATS: Readonly<Record<string, { input: string; output: string }>> = {
  parquet: { input: 'Parquet', output: 'JSONEachRow' },
  text: { input: 'LineAsString', output: 'TSVRaw' },
};

async function run(kind: string, place: string): Promise<void> {
  const format = FORMATS[kind];
  if (format === undefined) throw new Error(`${kind}: parquet or text`);
  const reader = /^https?:\/\//.test(place) ? 'url' : 'file';
  const session = new Session();
  const sql = `select * from ${reader}(${quoteString(place)}, ${format.input}) settings ${SETTINGS.join(', ')}`;
  for await (const chunk of session.queryStream(sql, { format: format.output }))
    if (!process.stdout.write(chunk.raw())) await once(process.stdout, 'drain');
  session.close();
}

process.stdout.on('error', () => process.exit(0));
const [, , kind = '', place = ''] = process.argv;
run(kind, place).then(
  () => process.stdout.end(() => process.exit(0)),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
