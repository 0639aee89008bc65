/**
 * The command line: what each command is called, what it takes, how it is explained. What commands do is in files of their
 * own. A wrong command line ends with 2 and a sentence, a failure with 1.
 */
import { readFileSync } from 'node:fs';
import { type CAC, type Command, cac } from 'cac';
import { type Config, ConfigError, loadConfig } from '../config.js';
import { findNearest } from '../mdl/suggest.js';
import { fromRoot } from '../paths.js';
import { CommandError } from './command-error.js';
import { addDemoCommand } from './demo-command.js';
import { addDoctorCommand } from './doctor-command.js';
import { STANDARD_INPUT } from './import/source.js';
import { addImportCommand } from './import-command.js';
import { addMetricsCommand } from './metrics-command.js';
import { addMigrateCommand } from './migrate-command.js';
import { addOperatorCommands } from './operator-commands.js';
import { type Running, runRole } from './role-process.js';
import type { Rooms } from './rooms.js';
import { addSendCommand } from './send-command.js';
import { addSqlCommand } from './sql-command.js';
import { addTypesCommand } from './types-command.js';
import { addUpCommand } from './up-command.js';
import { addVerifyCommand } from './verify-command.js';

function runLoaded(load: () => Promise<(config: Config) => Promise<Running>>): Promise<void> {
  const config = loadConfig(process.env);
  return runRole(async () => {
    const run = await load();
    return () => run(config);
  });
}

function addRoleCommands(cli: CAC, rooms: Rooms): void {
  cli
    .command('api', 'The front alone: HTTP in, questions answered; needs the three URLs')
    .example('  $ CLICKHOUSE_URL=… REDIS_URL=… DATABASE_URL=… weir api')
    .action(() => runLoaded(rooms.loadApi));
  cli
    .command('ingest', 'The workers alone: from Redis to ClickHouse; needs CLICKHOUSE_URL and REDIS_URL')
    .example('  $ CLICKHOUSE_URL=… REDIS_URL=… DATABASE_URL=… weir ingest')
    .action(() => runLoaded(rooms.loadIngest));
}

function addEngineCommand(cli: CAC, rooms: Rooms): void {
  cli
    .command('engine', 'The embedded ClickHouse alone (started by weir up)')
    .option('--folder <path>', 'Where its data lies')
    .action((options: { folder?: string }) => {
      const { WEIR_ENGINE_PORT: port, WEIR_ENGINE_PASSWORD: password } = process.env;
      if (!options.folder || !port || !password) {
        throw new CommandError(
          'weir engine is started by weir up; it needs --folder, WEIR_ENGINE_PORT and WEIR_ENGINE_PASSWORD.',
          2,
        );
      }
      const folder = options.folder;
      return runRole(
        async () => () =>
          rooms.runEngine({ dataPath: folder, port: Number(port), user: 'weir', password, database: 'weir' }),
      );
    });
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as { version: string };
  return version;
}

function failUsage(message: string): never {
  throw new CommandError(message, 2);
}

const listCommands = (cli: CAC): string[] =>
  cli.commands.map(({ name }) => name).filter((name) => name !== 'engine');

/** Refuses a first word that is no command, before cac would answer `weir bakcup --help` with the help of everything. */
function checkCommand(cli: CAC, word: string | undefined): void {
  if (word === undefined || word.startsWith('-') || cli.commands.some(({ name }) => name === word)) return;
  const near = findNearest(word, listCommands(cli));
  failUsage(
    `There is no command ${JSON.stringify(word)}${near ? `; did you mean "${near}"?` : '.'} weir --help lists them.`,
  );
}

function requireCommand(cli: CAC): Command {
  return (
    cli.matchedCommand ?? failUsage(`Say what to do: ${listCommands(cli).join(', ')}. weir --help explains.`)
  );
}

/** Options as they are typed: cac takes any, and a mistyped one must not be ignored. */
function checkOptions(cli: CAC, command: Command): void {
  const known = [...command.options, ...cli.globalCommand.options].flatMap(({ names }) => names);
  for (const name of Object.keys(cli.options)) {
    if (name === '--' || command.hasOption(name) || cli.globalCommand.hasOption(name)) continue;
    const near = findNearest(name, known);
    const typed =
      name.length === 1 ? `-${name}` : `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    failUsage(
      `weir ${command.name} has no option ${typed}${near ? `; did you mean --${near}?` : '.'} weir ${command.name} --help lists them.`,
    );
  }
}

/** The engine's command is for weir up, not for people; and what cac calls the default of --no-live is that of --live. */
const trimHelp = (body: string): string =>
  body.replace(/\n {2}(?:\$ weir )?engine\b.*/g, '').replace(/(--no-.*) \(default: true\)/g, '$1');

function createCommandLine(rooms: Rooms): CAC {
  const cli = cac('weir');
  addUpCommand(cli, rooms);
  addRoleCommands(cli, rooms);
  addImportCommand(cli);
  addDemoCommand(cli);
  addSendCommand(cli);
  addSqlCommand(cli);
  addOperatorCommands(cli);
  addVerifyCommand(cli);
  addTypesCommand(cli);
  addMetricsCommand(cli);
  addMigrateCommand(cli, rooms);
  addDoctorCommand(cli);
  addEngineCommand(cli, rooms);
  cli.help((sections) => {
    const [version, ...rest] = sections.map((section) => ({ ...section, body: trimHelp(section.body) }));
    const about = cli.matchedCommand ? [{ body: `${cli.matchedCommand.description}.` }] : [];
    return version ? [version, ...about, ...rest] : rest;
  });
  cli.version(readVersion());
  return cli;
}

/** cac's own words about a missing argument, a missing value and one argument too many, as sentences. */
const rephrase = (message: string): string =>
  `${message
    .replace(/^missing required args for command `(.+)`$/, 'An argument is missing: weir $1')
    .replace(/^option `(.+)` value is missing$/, 'An option lacks its value: $1')
    .replace(
      /^Unused args: `(.+)`$/,
      (_, words: string) => `Too many arguments: ${words.replaceAll('`', '')}`,
    )}.`;

function reportFailure(error: unknown): number {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) console.error(problem);
    return 2;
  }
  if (error instanceof CommandError) {
    console.error(error.message);
    return error.exitCode;
  }
  if (error instanceof Error && error.name === 'CACError') {
    console.error(`${rephrase(error.message)} weir ${process.argv[2]} --help explains.`);
    return 2;
  }
  console.error(error instanceof Error && process.env.WEIR_LOG !== 'debug' ? error.message : error);
  return 1;
}

/** Runs the command in `argv` (as process.argv); sets the process's exit code. */
export async function runCommandLine(argv: readonly string[], rooms: Rooms): Promise<void> {
  const cli = createCommandLine(rooms);
  try {
    checkCommand(cli, argv[2]);
    // cac reads a lone dash as an option without a name.
    cli.parse(
      argv.map((word) => (word === '-' ? STANDARD_INPUT : word)),
      { run: false },
    );
    if (cli.options.help || cli.options.version) return;
    checkOptions(cli, requireCommand(cli));
    await cli.runMatchedCommand();
  } catch (error) {
    process.exitCode = reportFailure(error);
    // Whatever still holds the process open belongs to the command that failed.
    process.exit();
  }
}
