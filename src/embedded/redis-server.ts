/**
 * Finding redis-server, which no npm package carries, and installing it through the system's package manager when that
 * needs no question: as root, with a sudo that asks for no password, or with Homebrew.
 */
import { spawnSync } from 'node:child_process';
import { findProgram } from './child.js';

/** Package indexes and packages over a slow line; beyond this the person had better do it. */
const INSTALL_TIMEOUT_MS = 300_000;

/** Valkey is Redis's continuation under another name; newer distributions carry only it. */
const PROGRAMS = ['redis-server', 'valkey-server'] as const;

interface PackageManager {
  program: string;
  /** Commands tried in turn until one leaves a redis-server behind; each is a list of program arguments. */
  install: readonly (readonly string[])[];
  /** What a person would type. */
  sentence: string;
  needsRoot: boolean;
}

const PACKAGE_MANAGERS: readonly PackageManager[] = [
  {
    program: 'apt-get',
    install: [
      ['install', '-y', '--no-install-recommends', 'redis-server'],
      ['update'],
      ['install', '-y', '--no-install-recommends', 'redis-server'],
    ],
    sentence: 'sudo apt-get install redis-server',
    needsRoot: true,
  },
  {
    program: 'dnf',
    install: [
      ['install', '-y', 'redis'],
      ['install', '-y', 'valkey'],
    ],
    sentence: 'sudo dnf install redis',
    needsRoot: true,
  },
  {
    program: 'apk',
    install: [['add', '--no-cache', 'redis']],
    sentence: 'sudo apk add redis',
    needsRoot: true,
  },
  { program: 'brew', install: [['install', 'redis']], sentence: 'brew install redis', needsRoot: false },
];

/** What is known of the machine; a value, so that the plan can be tested without installing anything. */
export interface Machine {
  find(program: string): string | undefined;
  isRoot: boolean;
  /** True when sudo works without a password. */
  canSudo(): boolean;
}

export type InstallPlan =
  | { kind: 'install'; commands: readonly (readonly string[])[]; sentence: string }
  | { kind: 'ask'; sentence: string };

/** How redis-server would be installed here, or the one sentence to print when that needs a person. */
export function planInstall(machine: Machine): InstallPlan {
  const manager = PACKAGE_MANAGERS.find(({ program }) => machine.find(program) !== undefined);
  if (!manager)
    return {
      kind: 'ask',
      sentence: 'install redis-server (https://redis.io/docs/latest/operate/oss_and_stack/install/)',
    };
  const sentence = `type: ${manager.sentence}`;
  const path = machine.find(manager.program) ?? manager.program;
  // Homebrew refuses to run as root, the others need to.
  const isRight = machine.isRoot === manager.needsRoot;
  if (isRight) return { kind: 'install', commands: manager.install.map((args) => [path, ...args]), sentence };
  if (!manager.needsRoot || !machine.canSudo()) return { kind: 'ask', sentence };
  return {
    kind: 'install',
    commands: manager.install.map((args) => ['sudo', '-n', path, ...args]),
    sentence,
  };
}

function findRedisServer(): string | undefined {
  for (const name of PROGRAMS) {
    const path = findProgram(name);
    if (path !== undefined) return path;
  }
  return undefined;
}

const thisMachine: Machine = {
  find: findProgram,
  isRoot: process.getuid?.() === 0,
  canSudo: () =>
    findProgram('sudo') !== undefined && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0,
};

export interface RequireOptions {
  /** False: only look. */
  install?: boolean;
  /** Hears what is being done before it is. */
  tell?: (line: string) => void;
}

/**
 * The path of redis-server, installed when missing and possible. Throws an Error with one sentence saying what to type
 * otherwise.
 */
export function requireRedisServer({ install = true, tell = () => {} }: RequireOptions = {}): string {
  const present = findRedisServer();
  if (present !== undefined) return present;
  const plan = planInstall(thisMachine);
  for (const [program = '', ...args] of plan.kind === 'install' && install ? plan.commands : []) {
    tell(`redis-server is missing; running: ${[program, ...args].join(' ')}`);
    spawnSync(program, args, {
      stdio: 'ignore',
      timeout: INSTALL_TIMEOUT_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    const installed = findRedisServer();
    if (installed !== undefined) return installed;
  }
  throw new Error(
    `redis-server is missing${install ? ' and could not be installed from here' : ''}: ${plan.sentence}, or set REDIS_URL to a Redis of your own.`,
  );
}
