/** Users' own stages in a preparation: what their outcomes make of events. The plugins run in the test's own thread. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { PreparedBatch } from '../../../src/event/prepared.js';
import { indexOfPlace } from '../../../src/event/prepared.js';
import { fromRoot } from '../../../src/paths.js';
import type { PluginHost, PluginOutcome } from '../../../src/pipeline/plugin-call.js';
import { findFault } from '../../../src/pipeline/plugin-fault.js';
import { prepareBatch, prepareBatchWith } from '../../../src/pipeline/prepare.js';
import { loadPlugins } from '../../../src/plugins/load.js';
import { runPlugins } from '../../../src/plugins/runtime.js';
import { createRuleSet } from '../../../src/registry/rule-set.js';
import { NO_RULES } from '../../../src/registry/rules.js';
import { createEntry, event, listEventIds, listRejects } from './entries.js';

const example = (file: string) => ({
  file,
  source: readFileSync(fromRoot('docs', 'examples', 'plugins', file), 'utf8'),
});

/** Plugins of these sources, run at once. */
async function createHost(...sources: { file: string; source: string }[]): Promise<PluginHost> {
  const plugins = await loadPlugins(sources);
  const watch = { begin: () => {}, spent: () => {} };
  return {
    plugins,
    run: async ({ place, project, inputs }) => ({
      outcomes: inputs.map((input) => {
        const copy = JSON.parse(JSON.stringify(input)) as typeof input;
        return runPlugins(plugins, place, copy, { project, received_at: '' }, watch);
      }),
      ms: Object.fromEntries(plugins.map(({ name }) => [name, 1])),
    }),
  };
}

const stage = (body: string, file = 'a.mjs') => ({ file, source: `export const stage = ${body};` });
const task = (...events: object[]) => ({
  entries: [createEntry(events, { eventCount: events.length })],
  partition: 3,
  seq: 7,
});
const prepare = async (sources: ReturnType<typeof stage>[], ...events: object[]): Promise<PreparedBatch> =>
  prepareBatchWith(task(...events), NO_RULES, await createHost(...sources));
const balance = (batch: PreparedBatch): number =>
  batch.rows + batch.rejects.length + batch.entryDropped[0]! - batch.entryEvents[0]!;

test('without plugins nothing differs', async () => {
  const events = [event(), event({ event_id: 'e2', properties: { a: 1 } })];
  const { stageMs: _, ...plain } = prepareBatch(task(...events));
  const { stageMs: __, ...hosted } = await prepare([], ...events);
  expect(hosted).toEqual(plain);
});

test('a drop discards, and what is dropped is counted', async () => {
  const batch = await prepare([example('no-tests.mjs')], event(), event({ user_id: 'a@test.example' }));
  expect([batch.rows, batch.entryDropped[0], batch.entryEvents[0]]).toEqual([1, 1, 2]);
  expect(batch.stageMs['plugin:no-tests']).toBe(1);
});

test('a split makes parts with ids that follow from the event, each of the same content hash when repeated', async () => {
  const order = event({
    event: 'order_placed',
    event_id: 'o1',
    properties: { total: 3, items: [{ sku: 'a' }, { sku: 'b' }] },
  });
  const batch = await prepare([example('order-lines.mjs')], event(), order, event({ event_id: 'e9' }));
  expect(listEventIds(batch)).toEqual(['e1', '~o1/0', '~o1/1', '~o1/2', 'e9']);
  expect([...batch.rowIndex].map(indexOfPlace)).toEqual([0, 1, 1, 1, 2]);
  expect(new Set(batch.rowIndex).size).toBe(5);
  expect(balance(batch)).toBe(0);
  const again = await prepare([example('order-lines.mjs')], event(), order, event({ event_id: 'e9' }));
  expect(again.contentHashes).toEqual(batch.contentHashes);
});

test('a repeat is known by what was said, whatever a plugin makes of it', async () => {
  const sent = event({ properties: { email: 'a@b.example', n: 1 } });
  const plain = prepareBatch(task(sent));
  const redacted = await prepare([example('redact-email.mjs')], sent);
  const random = await prepare(
    [stage(`{name: 'r', kind: 'enrich', run: () => ({properties: {r: Math.random()}})}`)],
    sent,
  );
  expect(redacted.contentHashes).toEqual(plain.contentHashes);
  expect(random.contentHashes).toEqual(plain.contentHashes);
  expect(Buffer.from(redacted.block).includes('a@b.example')).toBe(false);
  expect(Buffer.from(redacted.block).includes('b.example')).toBe(true);
});

test('enrich, drop, redact and split run in this order, whatever their files are called', async () => {
  const note = (kind: string, name: string) =>
    stage(
      `{name: '${name}', kind: '${kind}', run: (e) => ({properties: {...e.properties, seen: (e.properties.seen ?? '') + '${name} '}})}`,
      `${name}.mjs`,
    );
  const batch = await prepare(
    [note('redact', 'a'), note('enrich', 'b'), note('enrich', 'c')],
    event({ properties: {} }),
  );
  expect(Buffer.from(batch.block).includes('b c a ')).toBe(true);
});

test.each([
  ['a throw', `{name: 'x', kind: 'enrich', run() { throw new Error('no') }}`, 'plugin_failed'],
  ['a promise', `{name: 'x', kind: 'enrich', async run() { return {} }}`, 'plugin_failed'],
  ['a number', `{name: 'x', kind: 'enrich', run: () => 5}`, 'plugin_failed'],
  ['no properties', `{name: 'x', kind: 'redact', run: () => ({properties: []})}`, 'plugin_failed'],
  ['nobody', `{name: 'x', kind: 'redact', run: () => ({user_id: ''})}`, 'plugin_failed'],
  ['an empty split', `{name: 'x', kind: 'split', run: () => []}`, 'plugin_failed'],
  ['a part that is none', `{name: 'x', kind: 'split', run: () => [1]}`, 'plugin_failed'],
  ['101 parts', `{name: 'x', kind: 'split', run: () => Array(101).fill({})}`, 'plugin_failed'],
  ['a text for a drop', `{name: 'x', kind: 'drop', run: () => 'yes'}`, 'plugin_failed'],
  ['a complaint', `{name: 'x', kind: 'validate', run: () => 'not today'}`, 'plugin_rejected'],
  ['no complaint', `{name: 'x', kind: 'validate', run: () => ({})}`, 'plugin_failed'],
])('%s rejects its event under the plugin’s name', async (_, body, code) => {
  const batch = await prepare(
    [stage(body.replace('kind', "events: ['bought'], kind"))],
    event(),
    event({ event: 'seen', event_id: 'e2' }),
  );
  expect(listRejects(batch)).toEqual([[0, code, '']]);
  expect(batch.rejects[0]!.message).toContain('plugin "x"');
  expect(batch.rows).toBe(1);
  expect(balance(batch)).toBe(0);
  expect(batch.pluginErrors).toEqual(
    code === 'plugin_failed' && !/properties: |user_id: '|=> \[|Array\(/.test(body)
      ? [{ plugin: 'x', code, count: 1 }]
      : [],
  );
});

test('what a plugin does to the event it is given changes nothing', async () => {
  const batch = await prepare(
    [stage(`{name: 'x', kind: 'enrich', run(e) { e.properties.secret = 1; delete e.user_id; }}`)],
    event(),
  );
  expect(Buffer.from(batch.block).includes('secret')).toBe(false);
  expect(batch.rows).toBe(1);
});

test('a type’s validator plugin follows the type’s mode', async () => {
  const host = await createHost(example('luhn.mjs'));
  const run = (mode: 'observe' | 'reject', name = 'luhn') =>
    prepareBatchWith(
      task(event({ properties: { card: '1234' } }), event({ event_id: 'e2', properties: { card: '0' } })),
      createRuleSet({
        revision: 1,
        strictProjects: [],
        types: [
          {
            project: 'shop',
            name: 'bought',
            version: 1,
            mode,
            schema: {},
            validators: [{ check: 'plugin', name, options: { property: 'card' } }],
          },
        ],
      }),
      host,
    );
  const rejected = await run('reject');
  expect(rejected.rejects).toMatchObject([{ index: 0, code: 'schema_violation', path: 'properties.card' }]);
  const observed = await run('observe');
  expect([observed.rows, observed.observed]).toEqual([2, [{ project: 'shop', event: 'bought', count: 1 }]]);
  const missing = await run('reject', 'nobody');
  expect(missing.rejects.map(({ code }) => code)).toEqual(['plugin_failed', 'plugin_failed']);
  expect(missing.pluginErrors).toEqual([{ plugin: 'nobody', code: 'plugin_failed', count: 2 }]);
});

test('an answer with too few outcomes rejects the events that have none', async () => {
  const host = await createHost(example('country.mjs'));
  const outcomes: PluginOutcome[] = [{}];
  const batch = await prepareBatchWith(task(event(), event({ event_id: 'e2' })), NO_RULES, {
    ...host,
    run: async () => ({ outcomes, ms: {} }),
  });
  expect(listRejects(batch)).toEqual([[1, 'plugin_failed', '']]);
});

test.each([
  [{ a: [1, 2, 3], b: { c: null } }, undefined],
  [{ a: Array(5_000).fill(1) }, undefined],
  [{ a: 2 ** 60 }, 'integer'],
  [{ a: 'x'.repeat(300_000) }, 'bytes'],
  [{ a__proto__: 1 }, 'key that cannot'],
  [Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`k${n}`, 1])), '500 keys'],
  [JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`), 'levels'],
])('what a plugin makes is held to the limits of clients (%#)', (value, fault) => {
  if (fault === undefined) expect(findFault(value)).toBeUndefined();
  else expect(findFault(value)).toContain(fault);
});

test.each([
  ['export const x = 1', 'exports no "stage"'],
  [`export const stage = {name: 'A', kind: 'drop', run() {}}`, 'stage.name'],
  [`export const stage = {name: 'a', kind: 'dropp', run() {}}`, 'stage.kind'],
  [`export const stage = {name: 'a', kind: 'drop'}`, 'stage.run'],
  [`export const stage = {name: 'a', kind: 'drop', events: 'x', run() {}}`, 'stage.events'],
  ['export const stage = {', 'SyntaxError'],
  [`import 'left-pad'; export const stage = {}`, 'left-pad'],
])('a file that is no plugin is refused with its name: %s', async (source, reason) => {
  await expect(loadPlugins([{ file: 'bad.mjs', source }])).rejects.toThrow(/^bad\.mjs: /);
  await expect(loadPlugins([{ file: 'bad.mjs', source }])).rejects.toThrow(reason);
});
