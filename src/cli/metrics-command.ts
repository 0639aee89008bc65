/** weir metrics: metrics as files. `apply` makes the stored ones say what a file says; `check` and `format` change nothing. */
import { readFileSync } from 'node:fs';
import type { CAC } from 'cac';
import { loadConfig } from '../config.js';
import { renderDiagnostics } from '../mdl/diagnostics.js';
import { formatMetrics } from '../mdl/format/file.js';
import { findNearest } from '../mdl/suggest.js';
import { findTarget, send, sendOrFail, type TargetOptions } from './client.js';
import { CommandError, describeFileFailure } from './command-error.js';
import { formatTable } from './table.js';

const ACTIONS = ['apply', 'list', 'check', 'format'] as const;
type Action = (typeof ACTIONS)[number];

const PATH = '/v1/analytics/metrics/custom';
const CHECK = '/v1/analytics/metrics/check';

interface MetricsFlags extends TargetOptions {
  dryRun?: boolean;
  prune?: boolean;
  force?: boolean;
}

const isAction = (text: string): text is Action => (ACTIONS as readonly string[]).includes(text);

const target = (flags: MetricsFlags) =>
  findTarget(flags, process.env, loadConfig(process.env).dataFolder, 'admin');

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${file} cannot be read (${describeFileFailure(error)}).`, 2);
  }
}

interface Applied {
  created: string[];
  changed: string[];
  unchanged: string[];
  deleted: string[];
}

/** Mistakes are shown under their place; nothing was changed then. */
async function applyFile(file: string, flags: MetricsFlags): Promise<void> {
  const query = new URLSearchParams();
  if (flags.dryRun) query.set('dry_run', '1');
  if (flags.prune) query.set('prune', '1');
  if (flags.force) query.set('force', '1');
  const body = { bytes: readText(file), type: 'text/plain' };
  const { status, body: answer } = await send(target(flags), 'PUT', `${PATH}?${query}`, body);
  if (status !== 200) throw new CommandError(`${file}: ${(answer as { detail?: string }).detail ?? status}`);
  const { created, changed, unchanged, deleted } = answer as Applied;
  for (const [word, names] of Object.entries({ created, changed, deleted }))
    for (const name of names) console.log(`${flags.dryRun ? `would be ${word}` : word}: ${name}`);
  console.log(`${unchanged.length} unchanged`);
}

interface MetricRow {
  name: string;
  version: number;
  kind: string;
  dimensions: string[];
  rollup: { state: string };
}

async function listMetrics(flags: MetricsFlags): Promise<void> {
  const rows: MetricRow[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = (await sendOrFail(target(flags), 'GET', `${PATH}?limit=1000&cursor=${cursor}`)) as {
      data: MetricRow[];
      next_cursor: string | null;
    };
    rows.push(...page.data);
    cursor = page.next_cursor;
  }
  console.log(
    formatTable(
      rows.map(({ name, version, kind, dimensions, rollup }) => ({
        name,
        version,
        kind,
        dimensions: dimensions.join(', '),
        rollup: rollup.state,
      })),
    ),
  );
}

/** Ends with 1 when there are errors; warnings are shown too. */
async function checkFile(file: string, flags: MetricsFlags): Promise<void> {
  const body = { bytes: readText(file), type: 'text/plain' };
  const { valid, rendered, metrics } = (await sendOrFail(target(flags), 'POST', CHECK, body)) as {
    valid: boolean;
    rendered: string;
    metrics: unknown[];
  };
  if (rendered !== '') console.error(rendered);
  if (!valid) throw new CommandError(`${file} has mistakes.`);
  console.log(`${file}: ${metrics.length} ${metrics.length === 1 ? 'metric' : 'metrics'}, no mistakes`);
}

/** Prints the canonical form; needs no running Weir. */
function formatFile(file: string): void {
  const text = readText(file);
  const formatted = formatMetrics(text);
  if ('text' in formatted) process.stdout.write(formatted.text);
  else throw new CommandError(renderDiagnostics(formatted.diagnostics, text));
}

async function runMetrics(action: string, file: string | undefined, flags: MetricsFlags): Promise<void> {
  if (!isAction(action)) {
    const near = findNearest(action, ACTIONS);
    throw new CommandError(
      `weir metrics ${action}: allowed is ${ACTIONS.join(', ')}${near ? ` (did you mean ${near}?)` : ''}.`,
      2,
    );
  }
  if (action === 'list') return listMetrics(flags);
  if (file === undefined) throw new CommandError(`Say which file: weir metrics ${action} FILE.`, 2);
  if (action === 'apply') return applyFile(file, flags);
  return action === 'check' ? checkFile(file, flags) : formatFile(file);
}

export function addMetricsCommand(cli: CAC): void {
  cli
    .command(
      'metrics <action> [file]',
      'Metrics in their language: apply FILE, check FILE, format FILE, or list',
    )
    .option('--dry-run', 'apply: only say what would be done')
    .option('--prune', 'apply: delete metrics that are not in the file')
    .option('--force', 'apply: even though other definitions use what changes')
    .option('--url <url>', 'Where Weir is; otherwise WEIR_URL, or the one running on WEIR_DATA')
    .option('--key <key>', 'A key that may define; otherwise WEIR_KEY, or the one in WEIR_DATA/keys.json')
    .example('  $ weir metrics apply shop.metrics --dry-run')
    .example('  $ weir metrics check shop.metrics')
    .example('  $ weir metrics format shop.metrics')
    .example('  $ weir metrics list')
    .action((action: string, file: string | undefined, flags: MetricsFlags) =>
      runMetrics(action, file, flags),
    );
}
