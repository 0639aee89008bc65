/** What is opened on the page and saved again means what it meant: judged by what reads definitions on the server. */
import { expect, it } from 'vitest';
import {
  composeSaved,
  EMPTY_EXPERIMENT,
  readExperiment,
} from '../../../src/dashboard/web/screens/experiment-question.js';
import { branchSteps, lineUp, removeStep } from '../../../src/dashboard/web/screens/funnel-graph.js';
import {
  type AskedFunnel,
  composeDefinition,
  EMPTY_RULES,
  EMPTY_STEP,
  readDefinition,
} from '../../../src/dashboard/web/screens/funnel-question.js';
import { describeWhere, readWhere, toWhere } from '../../../src/dashboard/web/ui/where.js';
import { readExperiment as readExperimentRequest } from '../../../src/query/experiment/request.js';
import { definitionSchema, readDefinition as readFunnel } from '../../../src/query/funnel/definition.js';
import { parseRequest } from '../../../src/query/request.js';

const RANGE = { from: '2026-01-01', to: '2026-02-01', timezone: 'UTC' };
const START: AskedFunnel = {
  ...EMPTY_RULES,
  count: 'users',
  reentry: 'best',
  paths: null,
  breakdown: [],
  attribution: 'first',
  compare: false,
  grain: '',
  ...RANGE,
};
/** As the interface shows a saved question. */
const show = (definition: object) => ({
  id: 'fn_1',
  name: 'One',
  version: 3,
  ...definition,
  versions: [],
  created_at: 'then',
  updated_at: 'now',
});
const openFunnel = (definition: object): AskedFunnel => ({ ...START, ...readDefinition(show(definition)) });
const reopen = (definition: object): Record<string, unknown> => composeDefinition(openFunnel(definition))!;
const mean = (definition: unknown) => readFunnel(parseRequest(definitionSchema, definition));

const NESTED = {
  or: [{ property: 'plan', op: 'eq', value: 'a' }, { not: { property: 'n', op: 'gt', value: 5 } }],
};
const FUNNELS: readonly (readonly [what: string, definition: object])[] = [
  [
    'alternatives, conditions, optional steps, labels',
    {
      steps: [
        { event: 'a', where: { property: 'path', op: 'eq', value: '/' }, label: 'Landed' },
        { any_of: ['b', 'c'], optional: true, within: '2h' },
        { event: 'd', where: [NESTED, { property: 'n', op: 'in', value: [1, '1', 'x y'] }], id: 'last' },
      ],
      window: '2d',
      count: 'sessions',
      reentry: 'first',
    },
  ],
  [
    'hold and exclusions',
    {
      steps: [{ event: 'a' }, { event: 'b' }, { event: 'c' }],
      window: '90s',
      ties: 'strict',
      hold: ['id', 'odd, name'],
      exclusions: [
        { any_of: ['x', 'y'], from_step: 1, to_step: 2 },
        { event: 'z', where: { property: 'q', op: 'is_set' } },
      ],
    },
  ],
  [
    'conversions',
    { steps: [{ event: 'a' }, { event: 'b' }], window: '1h', count: 'conversions', order: 'strict' },
  ],
  ['no order', { steps: [{ event: 'a' }, { event: 'b' }], window: '1h', order: 'unordered' }],
  [
    'a graph',
    {
      steps: [
        { id: 'l', event: 'a' },
        { id: 'x', event: 'b' },
        { id: 'y', event: 'a', within: '5m' },
        { id: 'e', event: 'c' },
      ],
      paths: [
        { from: 'l', to: 'y' },
        { from: 'l', to: 'x', within: '1h' },
        { from: 'x', to: 'e' },
        { from: 'y', to: 'e' },
      ],
      window: '2h',
    },
  ],
  [
    'a graph of numbered steps',
    { steps: [{ event: 'a' }, { event: 'b' }], paths: { edges: [{ from: '1', to: '2' }] }, window: '2h' },
  ],
];

it.each(FUNNELS)('a funnel with %s means the same when it is saved again', (_, definition) => {
  expect(mean(reopen(definition))).toEqual(mean(definition));
});

it('keeps what the form has no field for, at every place', () => {
  const saved = {
    steps: [{ event: 'a', colour: 'red' }, { event: 'b' }],
    window: '1d',
    exclusions: [{ event: 'x', since: 1 }],
    later: { any: 'thing' },
  };
  expect(reopen(saved)).toMatchObject(saved);
  const graph = {
    ...saved,
    steps: [
      { id: 'a', event: 'a' },
      { id: 'b', event: 'b' },
    ],
    paths: [{ from: 'a', to: 'b', weight: 2 }],
  };
  expect(reopen(graph)).toMatchObject(graph);
});

it('alternatives as branches let the same pass: an edge from each to each, around what may be left out', () => {
  const step = (events: string[], part: object = {}) => ({ ...EMPTY_STEP, events, ...part });
  const row = [step(['a']), step(['b', 'c'], { optional: true }), step(['d'], { within: '1h' })];
  const graph = branchSteps(row);
  expect(graph.paths!.map(({ from, to, within }) => `${from}>${to} ${within}`)).toEqual([
    's1_1>s2_1 ',
    's1_1>s2_2 ',
    's1_1>s3_1 1h',
    's2_1>s3_1 1h',
    's2_2>s3_1 1h',
  ]);
  expect(mean(composeDefinition({ ...START, ...graph })).graph?.paths).toHaveLength(3);
  expect(composeDefinition({ ...START, ...lineUp(graph.steps) })).not.toHaveProperty('paths');
});

it('a step that goes takes its number from what points at steps', () => {
  const asked = openFunnel({
    steps: ['a', 'b', 'c', 'd'].map((event) => ({ event })),
    window: '1d',
    exclusions: [
      { event: 'x', from_step: 1, to_step: 2 },
      { event: 'y', from_step: 3, to_step: 4 },
    ],
  });
  const { exclusions } = composeDefinition({ ...asked, ...removeStep(asked, 1) })!;
  expect(exclusions).toEqual([
    { event: 'x', from_step: 1, to_step: 1 },
    { event: 'y', from_step: 2, to_step: 3 },
  ]);
});

it('conditions are rows where a row says exactly the same, and words elsewhere', () => {
  const tests = [
    { property: 'n', op: 'eq', value: '5' },
    { op: 'ne', property: 'b', value: false },
    { property: 't', op: 'eq', value: '' },
    { property: 'l', op: 'in', value: ['a, b'] },
    { in_cohort: 'co_1' },
    { not: { in_cohort: 'co_2' } },
    { property: 'p', op: 'is_not_set' },
    NESTED,
  ];
  const rows = readWhere({ and: tests });
  expect(toWhere(rows)).toEqual(tests);
  expect(rows.flatMap(({ raw }) => raw ?? [])).toEqual([tests[3], NESTED]);
  expect(describeWhere(NESTED)).toBe('(plan is a or not n is more than 5)');
});

const EXPERIMENT = {
  exposure: {
    any_of: ['seen', 'shown'],
    where: { property: 'e', op: 'eq', value: 'one' },
    variant: 'variant',
  },
  variants: ['control', 'green'],
  split: [1, 2],
  goals: [
    { name: 'Buys', event: 'bought', where: NESTED, window: '3d' },
    { event: 'bought', measure: 'count', better: 'lower' },
    { any_of: ['bought', 'paid'], measure: { sum: 'total' } },
    { event: 'bought', measure: { average: 'total' } },
    { event: 'bought', measure: { p95: 'total' } },
    { ratio: { numerator: { event: 'bought', measure: { sum: 'total' } }, denominator: { event: 'seen' } } },
    { metric: 'basket' },
    { definition: 'metric "x" { formula = "count(bought)" }', name: 'X' },
    {
      funnel: {
        steps: [{ event: 'cart' }, { event: 'bought', within: '1h' }],
        window: '2d',
        ties: 'strict',
        hold: ['id'],
        exclusions: [{ event: 'left', to_step: 2 }],
      },
    },
  ],
  window: '7d',
  where: { property: 'source', op: 'ne', value: 'bot' },
  pre_period: '0s',
  alpha: 0.01,
  power: 0.9,
  minimal_effect: 0.07,
  correction: 'none',
  planned_units: 500,
};

it('an experiment with every kind of goal means the same when it is saved again', () => {
  const reopenExperiment = (definition: object) =>
    composeSaved({ ...EMPTY_EXPERIMENT, ...RANGE, ...readExperiment(show(definition)) })!;
  for (const range of [{}, { from: RANGE.from }, { to: RANGE.to }, { from: RANGE.from, to: RANGE.to }]) {
    const again = reopenExperiment({ ...EXPERIMENT, ...range });
    expect(readExperimentRequest({ ...RANGE, ...again })).toEqual(
      readExperimentRequest({ ...RANGE, ...EXPERIMENT }),
    );
    expect(Object.keys(again).filter((field) => field === 'from' || field === 'to')).toEqual(
      Object.keys(range),
    );
  }
  const plain = { exposure: { event: 'seen', variant: 'v' }, goals: [{ event: 'bought' }] };
  expect(readExperimentRequest({ ...RANGE, ...reopenExperiment(plain) })).toEqual(
    readExperimentRequest({ ...RANGE, ...plain }),
  );
  const later = { ...plain, goals: [{ event: 'bought', shade: 1 }], planned: true };
  expect(reopenExperiment(later)).toMatchObject(later);
});
