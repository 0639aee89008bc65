/**
 * `weir doctor`: what could stand in the way, each point with a way out. Ends with 1 when something does.
 */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname, join } from 'node:path';
import type { CAC } from 'cac';
import { type Config, loadConfig } from '../config.js';
import { readInstance } from '../embedded/data-folder.js';
import { isPortFree } from '../embedded/port.js';
import { findPostgres } from '../embedded/postgres-binary.js';
import { requireRedisServer } from '../embedded/redis-server.js';
import { describeFailure, send } from './client.js';

/** Less free disk than this is soon full: a million events take about 100 MB before merging. */
const DISK_FREE_MIN = 2 * 1024 ** 3;
/** The whole embedded stack idle, with room for a query. */
const MEMORY_FREE_MIN = 1.5 * 1024 ** 3;
/** A disk slower than this makes every acknowledgement slow. */
const FSYNC_SLOW_MS = 20;
const FSYNC_PROBES = 20;

interface Finding {
  ok: boolean;
  text: string;
}

const gigabytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GB`;

/** Median milliseconds to write a block and force it to disk. */
function measureFsync(folder: string): number {
  const path = join(folder, `.doctor-${process.pid}`);
  const file = openSync(path, 'w');
  const times = Array.from({ length: FSYNC_PROBES }, () => {
    const startedAt = performance.now();
    writeSync(file, Buffer.alloc(4096, 1));
    fsyncSync(file);
    return performance.now() - startedAt;
  });
  closeSync(file);
  rmSync(path);
  return times.sort((a, b) => a - b)[FSYNC_PROBES >> 1] ?? 0;
}

function inspectDisk(config: Config): Finding[] {
  let folder = config.dataFolder;
  // Before the first start: the disk it will be on.
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const space = { ok: free >= DISK_FREE_MIN, text: `disk of ${config.dataFolder}: ${gigabytes(free)} free` };
  try {
    const fsyncMs = measureFsync(folder);
    const text = `forcing a block to disk takes ${fsyncMs.toFixed(1)} ms; every acknowledged request waits for one`;
    return [space, { ok: fsyncMs <= FSYNC_SLOW_MS, text }];
  } catch (error) {
    return [space, { ok: false, text: `${folder} cannot be written to (${describeFailure(error)})` }];
  }
}

function inspectProgram(name: string, find: () => string): Finding {
  try {
    return { ok: true, text: `${name}: ${find()}` };
  } catch (error) {
    return { ok: false, text: error instanceof Error ? error.message : String(error) };
  }
}

async function inspectInstance(config: Config): Promise<Finding> {
  const instance = readInstance(config.dataFolder);
  if (instance === undefined) {
    const free = await isPortFree(config.port, config.host);
    const text = `not running; ${config.host}:${config.port} is ${free ? 'free' : 'taken by another program'}`;
    return { ok: free || !config.portIsChosen, text };
  }
  try {
    const answer = await send({ url: instance.url, key: '' }, 'GET', '/health/ready');
    return { ok: answer.status === 200, text: `${instance.url} says ${JSON.stringify(answer.body)}` };
  } catch (error) {
    return {
      ok: false,
      text: `${instance.url} does not answer (${describeFailure(error)}); it may have been killed: npm start starts it again`,
    };
  }
}

async function runDoctor(): Promise<void> {
  const config = loadConfig(process.env);
  const findings = [
    { ok: true, text: `Node ${process.version}, ${process.platform} ${process.arch}` },
    { ok: freemem() >= MEMORY_FREE_MIN, text: `memory: ${gigabytes(freemem())} free` },
    ...inspectDisk(config),
    ...(config.redisUrl === undefined
      ? [inspectProgram('Redis', () => requireRedisServer({ install: false }))]
      : []),
    ...(config.databaseUrl === undefined
      ? [inspectProgram('PostgreSQL', () => findPostgres().postgres)]
      : []),
    await inspectInstance(config),
  ];
  for (const { ok, text } of findings) console.log(`${ok ? 'ok   ' : 'CHECK'}  ${text}`);
  if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
}

export function addDoctorCommand(cli: CAC): void {
  cli
    .command(
      'doctor',
      'Look for what could stand in the way: programs, disk, memory, ports, a running instance',
    )
    .example('  $ weir doctor')
    .action(() => runDoctor());
}
