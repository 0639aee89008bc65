/** The process that plugins run in, asked directly: what ends it, and what is left of a task then. */
import { afterEach, expect, test } from 'vitest';
import type { PluginCall, PluginDescriptor } from '../../src/pipeline/plugin-call.js';
import { createPluginRunner, type PluginRunner, STOPS_MAX } from '../../src/plugins/runner.js';

const SETTINGS = { timeoutMs: 500, memoryMb: 64 };
let runner: PluginRunner | undefined;
afterEach(() => runner?.stop());

function createRunner(run: string, before = ''): PluginRunner {
  const source = `${before}; export const stage = { name: 'x', kind: 'enrich', run({ properties }) { ${run} } };`;
  const plugins: PluginDescriptor[] = [{ file: 'x.mjs', name: 'x', kind: 'enrich' }];
  runner = createPluginRunner({ revision: 'r', sources: [{ file: 'x.mjs', source }], plugins }, SETTINGS);
  return runner;
}

const call = (...properties: Record<string, number>[]): PluginCall => ({
  place: 'change',
  project: 'shop',
  receivedAtMs: 0,
  inputs: properties.map((one) => ({ event: { event: 'e', properties: one, context: {} } })),
});

const numbers = (count: number): { n: number }[] => Array.from({ length: count }, (_, n) => ({ n }));

test('many events come back in their order, over several slices', async () => {
  const host = createRunner('return { properties: { twice: properties.n * 2 } };').forTask();
  const { outcomes, ms } = await host.run(call(...numbers(450)));
  expect(outcomes.map(({ changed }) => (changed!.properties as { twice: number }).twice)).toEqual(
    numbers(450).map(({ n }) => n * 2),
  );
  expect(ms.x).toBeGreaterThan(0);
});

test('of a task that stops its plugins too often the rest is not tried, and the next task begins anew', async () => {
  const made = createRunner('if (properties.n > 2) for (;;);');
  const { outcomes } = await made.forTask().run(call(...numbers(3 + STOPS_MAX + 2)));
  expect(outcomes.map(({ failed }) => failed?.plugin)).toEqual([
    ...[undefined, undefined, undefined],
    ...Array(STOPS_MAX).fill('x'),
    ...['', ''],
  ]);
  expect(outcomes.at(-1)!.failed!.message).toContain(`${STOPS_MAX} times`);
  expect((await made.forTask().run(call({ n: 1 }))).outcomes).toEqual([{}]);
});

test('a process that ends by itself between two tasks is replaced', async () => {
  const made = createRunner('setTimeout(() => process.exit(1), 1); return { properties: { ok: 1 } };');
  for (let task = 0; task < 3; task++) {
    const { outcomes } = await made.forTask().run(call({ n: task }));
    expect(outcomes).toMatchObject([{ changed: { properties: { ok: 1 } } }]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

test('plugins that cannot be loaded fail the events they would have seen', async () => {
  const { outcomes } = await createRunner('', `throw new Error('not today')`)
    .forTask()
    .run(call({ n: 1 }, { n: 2 }));
  expect(outcomes.map(({ failed }) => failed?.code)).toEqual(['plugin_failed', 'plugin_failed']);
  expect(outcomes[0]!.failed!.message).toContain('not today');
});

test('nothing of our environment is there', async () => {
  process.env.PLUGIN_TEST_SECRET = 'seen';
  const host = createRunner('return { properties: { seen: Object.keys(process.env).length } };').forTask();
  const { outcomes } = await host.run(call({ n: 1 }));
  delete process.env.PLUGIN_TEST_SECRET;
  expect(outcomes).toMatchObject([{ changed: { properties: { seen: 0 } } }]);
});
