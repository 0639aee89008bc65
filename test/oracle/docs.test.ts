/** The examples of docs/funnels.md, by the judge and by trying every chain. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromRoot } from '../../src/paths.js';
import { readFunnelQuestion } from '../../src/query/funnel/request.js';
import type { OracleEvent } from './condition.js';
import { judgeUnit, type OracleFunnel } from './funnel.js';
import { writeRequest } from './funnel-cases.js';
import { judgeInMemory } from './funnel-memory.js';

interface Example {
  name: string;
  funnel: Omit<OracleFunnel, 'steps' | 'paths' | 'from'> & {
    steps: (string | OracleFunnel['steps'][number])[];
    paths?: string[];
  };
  events: string;
  level?: number;
  counts?: number[];
  deltas?: (number | null)[];
  amounts?: (number | null)[];
  edges?: Record<string, number>;
  firstPath?: string;
}

const text = readFileSync(fromRoot('docs', 'funnels.md'), 'utf8');
const blocks = (kind: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1]!);
const examples: Example[] = blocks('example').flatMap((block) =>
  block.split(/\n(?=\{"name")/).map((one) => JSON.parse(one) as Example),
);

const START = Date.UTC(2024, 0, 1);
const ms = (seconds: number): number => seconds * 1_000;

/** "A0 B2[id=1]" */
const readEvents = (line: string): OracleEvent[] =>
  line.split(' ').map((word) => {
    const [, event, seconds, properties = ''] = /^([A-Z])(\d+)(?:\[(.*)\])?$/.exec(word)!;
    const pairs = properties === '' ? [] : properties.split(',').map((pair) => pair.split('='));
    return {
      user: 'u',
      session: 's',
      event: event!,
      t: START + ms(Number(seconds)),
      properties: Object.fromEntries(pairs.map(([name, value]) => [name!, JSON.parse(value!) as unknown])),
    };
  });

function readFunnel({ steps, paths, window, to = 1_000, ...rest }: Example['funnel']): OracleFunnel {
  const funnel: OracleFunnel = {
    ...rest,
    window: ms(window),
    from: START,
    to: START + ms(to),
    steps: steps.map((step) => {
      if (typeof step === 'string') return { event: step };
      return step.within === undefined ? step : { ...step, within: ms(step.within) };
    }),
  };
  if (paths) funnel.paths = paths.map((path) => ({ from: path.split('>')[0]!, to: path.split('>')[1]! }));
  return funnel;
}

describe('docs/funnels.md', () => {
  test('has examples', () => expect(examples.length).toBeGreaterThan(25));

  test.each(examples.map((example) => [example.name, example] as const))('%s', (_, example) => {
    const funnel = readFunnel(example.funnel);
    const events = readEvents(example.events);
    for (const outcomes of [judgeUnit(funnel, events), judgeInMemory(funnel, [events])[0]!]) {
      const counts = funnel.steps.map(
        (_, step) => outcomes.filter(({ reached }) => reached.includes(step)).length,
      );
      if (example.level !== undefined) expect(counts.filter((count) => count > 0).length).toBe(example.level);
      if (example.counts) expect(counts).toEqual(example.counts);
      if (example.deltas)
        expect(outcomes[0]!.deltas.map((delta) => (delta === undefined ? null : delta / 1_000))).toEqual(
          example.deltas,
        );
      if (example.amounts)
        expect(outcomes[0]!.amounts.map((amount) => amount ?? null)).toEqual(example.amounts);
      if (example.edges) expect(outcomes[0]!.edges).toEqual(Object.keys(example.edges).sort());
      if (example.firstPath) expect(outcomes[0]!.firstPaths).toEqual([example.firstPath]);
    }
  });

  test.each(blocks('json'))('the request can be asked: %s', (block) => {
    expect(readFunnelQuestion(JSON.parse(block)).definition.steps.length).toBeGreaterThan(2);
  });

  test('examples are written as requests are', () => {
    for (const { funnel } of examples)
      expect(() => readFunnelQuestion(writeRequest(readFunnel(funnel)))).not.toThrow();
  });
});
