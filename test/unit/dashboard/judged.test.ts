/** What the drawings of judged models and of cohorts count on. */
import { expect, it } from 'vitest';
import { listDefining } from '../../../src/dashboard/defining.js';
import { findInterval } from '../../../src/dashboard/web/charts/calibration.js';
import { listTicks } from '../../../src/dashboard/web/charts/ground.js';
import { composeCriteria, EMPTY_CRITERION } from '../../../src/dashboard/web/screens/cohort-criteria.js';

it.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])(
  'gives the interval of %i of %i people as Newcombe (1998, table I, method 3) has it',
  (n, people, low, high) => {
    const found = findInterval({ people, foretold: 0.5, observed: n / people });
    expect(found[0]).toBeCloseTo(low, 4);
    expect(found[1]).toBeCloseTo(high, 4);
  },
);

it('ends an axis on a round number that is not below the greatest value', () => {
  expect(listTicks(4_339, 4)).toEqual([0, 2_000, 4_000, 6_000]);
  expect(listTicks(1, 5)).toHaveLength(6);
  expect(listTicks(123, 4)).toEqual([0, 50, 100, 150]);
  expect(listTicks(0, 4).at(-1)).toBeGreaterThan(0);
});

it('finds the events that criteria name, however deep', () => {
  const criteria = {
    and: [
      { did: { event: 'bought', where: { property: 'event_kind', op: 'eq', value: 'x' } }, within: '30d' },
      { not: { did: { any_of: ['left', 'bought'] } } },
      { sequence: [{ event: 'opened' }, { event: 'left' }] },
      { in_cohort: 'co_1' },
    ],
  };
  expect(listDefining(criteria)).toEqual(['bought', 'left', 'opened']);
  expect(listDefining(null)).toEqual([]);
});

it('asks for events in order once there are two', () => {
  const asked = { ...EMPTY_CRITERION, kind: 'sequence' as const, event: 'a', next: [''], within: '' };
  expect(composeCriteria([asked], 'and')).toBeUndefined();
  expect(composeCriteria([{ ...asked, next: ['b', '', 'c'] }], 'and')).toEqual({
    sequence: [{ event: 'a' }, { event: 'b' }, { event: 'c' }],
  });
});
