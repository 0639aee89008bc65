/**
 * What validation against registered event types adds to a worker's work: payloads of 500 events of fifty types (the packs'
 * own examples, values varied), prepared from bytes to a Native block, once with the fifty types registered and once with
 * none. Rounds alternate; the ratio is taken round by round. Beside it what a check costs by itself, and JSON.parse.
 * The aim: at most a quarter of the worker's time an event.
 */
import { readFileSync } from 'node:fs';
import type { JsonObject } from '../src/event/json.js';
import type { PreparedBatch } from '../src/event/prepared.js';
import type { Entry } from '../src/event/types.js';
import { fromRoot } from '../src/paths.js';
import { prepareBatch } from '../src/pipeline/prepare.js';
import { PACK_NAMES, type PackEventType, readPack } from '../src/registry/pack.js';
import { createRuleSet } from '../src/registry/rule-set.js';
import { createPayloadScope, NO_RULES, type RuleSet } from '../src/registry/rules.js';
import { median, report } from './support/report.js';

const TYPES = 50;
const PAYLOADS = 20;
const EVENTS_A_PAYLOAD = 500;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 30);
/** Rounds before JavaScript has settled: fifty functions are translated one by one. */
const WARM_UP_ROUNDS = 15;
const EVENTS = PAYLOADS * EVENTS_A_PAYLOAD;

function loadTypes(): PackEventType[] {
  const types = PACK_NAMES.flatMap((name) => {
    const result = readPack(JSON.parse(readFileSync(fromRoot('packs', `${name}.json`), 'utf8')));
    if ('problems' in result) throw new Error(`pack ${name} is broken`);
    return [...result.pack.eventTypes];
  });
  return types.slice(0, TYPES);
}

/** The same shape with other numbers and ids, so that no two events are alike. */
function vary(example: JsonObject, n: number): JsonObject {
  return Object.fromEntries(
    Object.entries(example).map(([name, value]) => [name, name.endsWith('_id') ? `${value}-${n}` : value]),
  );
}

function makeEvents(types: readonly PackEventType[]): JsonObject[] {
  return Array.from({ length: EVENTS }, (_, n) => {
    const { definition, examples } = types[n % types.length]!;
    return {
      event: definition.name,
      event_id: `bench-${n.toString(36).padStart(8, '0')}`,
      user_id: `user-${(n * 7919) % 50_000}`,
      timestamp: new Date(Date.UTC(2026, 9, 1) + n * 1_000).toISOString(),
      properties: vary(examples[n % examples.length]!, n),
    };
  });
}

function makeEntries(events: readonly JsonObject[]): Entry[] {
  return Array.from({ length: PAYLOADS }, (_, n) => ({
    project: 'bench',
    format: 'events',
    encoding: '',
    eventCount: EVENTS_A_PAYLOAD,
    receivedAtMs: Date.UTC(2026, 9, 2),
    ip: '203.0.113.7',
    userAgent: 'bench',
    body: Buffer.from(JSON.stringify(events.slice(n * EVENTS_A_PAYLOAD, (n + 1) * EVENTS_A_PAYLOAD))),
    partition: 0,
    id: `1764000000000-${n}`,
  }));
}

/** Processor time of this process, in µs: the machine may have other work. */
function time(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

function timeBatch(entries: readonly Entry[], rules: RuleSet): { us: number; batch: PreparedBatch } {
  let batch: PreparedBatch | undefined;
  const us = time(() => {
    batch = prepareBatch({ entries, partition: 0, seq: 1 }, rules);
  });
  return { us: us / EVENTS, batch: batch! };
}

const types = loadTypes();
const events = makeEvents(types);
const entries = makeEntries(events);
const rules = createRuleSet({
  revision: 1,
  types: types.map(({ definition }) => ({ ...definition, project: 'bench', version: 1 })),
  strictProjects: [],
});

const compileUs = time(() => void types.map(({ definition }) => rules.find('bench', definition.name)));
const figures = {
  with: [] as number[],
  without: [] as number[],
  share: [] as number[],
  check: [] as number[],
  parse: [] as number[],
};
for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
  const plain = timeBatch(entries, NO_RULES);
  const judged = timeBatch(entries, rules);
  if (judged.batch.rejects.length > 0 || judged.batch.rows !== EVENTS)
    throw new Error('a valid event was refused');
  const scope = createPayloadScope();
  const check = time(() => {
    for (const { event, properties } of events) {
      rules.find('bench', event as string)!.check(properties as JsonObject, scope);
    }
  });
  const parse = time(() => {
    for (const { body } of entries) JSON.parse(body.toString());
  });
  if (round < 0) continue;
  figures.without.push(plain.us);
  figures.with.push(judged.us);
  figures.share.push(judged.us / plain.us - 1);
  figures.check.push(check / EVENTS);
  figures.parse.push(parse / EVENTS);
}

report('registry-validate', [
  { figure: 'worker without event types', value: median(figures.without), unit: 'µs CPU/event' },
  { figure: `worker with ${TYPES} event types`, value: median(figures.with), unit: 'µs CPU/event' },
  { figure: 'added by validation', value: median(figures.share) * 100, unit: '% (aim: at most 25)' },
  { figure: 'one check by itself', value: median(figures.check), unit: 'µs CPU/event' },
  { figure: 'JSON.parse of the payload', value: median(figures.parse), unit: 'µs CPU/event' },
  { figure: `compiling ${TYPES} event types`, value: compileUs / 1_000, unit: 'ms CPU' },
]);
