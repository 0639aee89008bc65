/** The real processes of one `weir up`, found through /proc, so that a fault needs no help from what it strikes. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Target } from './schedule.js';

interface ProcessRow {
  pid: number;
  parent: number;
  command: string;
}

function listProcesses(): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      rows.push({ pid: Number(name), parent: Number(afterName[1]), command });
    } catch {
      // The process ended while the list was read.
    }
  }
  return rows;
}

const PATTERNS: Readonly<Record<Exclude<Target, 'everything'>, RegExp>> = {
  api: /main\.js api\b/,
  ingest: /main\.js ingest\b/,
  engine: /main\.js engine\b/,
  redis: /redis-server\b/,
  postgres: /\bpostgres\b.* -D\b|bin\/postgres\b/,
};

/** The process ids a fault strikes: the direct children of `supervisor` that play the target's part, or all of the tree. */
export function findTargets(supervisor: number, target: Target): number[] {
  const rows = listProcesses();
  const children = rows.filter((row) => row.parent === supervisor);
  if (target === 'everything') return [supervisor, ...children.map((row) => row.pid)];
  return children.filter((row) => PATTERNS[target].test(row.command)).map((row) => row.pid);
}

/** Sends a signal; a process that is gone already is no error. */
export function strike(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
