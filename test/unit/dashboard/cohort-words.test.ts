/** Criteria of cohorts, as they are read on the page. */
import { expect, it } from 'vitest';
import { tellCriteria } from '../../../src/dashboard/web/screens/cohort-words.js';

const nameCohort = (id: string): string => (id === 'co_1' ? 'Keen' : id);
const where = { property: 'total', op: 'gte', value: 20 };
const LATE = { property: 'hour', op: 'gt', value: 20 };

it.each([
  [{ did: { event: 'purchase' } }, 'did purchase'],
  [
    { did: { event: 'purchase' }, times: { gte: 3 }, within: '30d' },
    'did purchase at least 3 times within 30 days',
  ],
  [
    { did: { event: 'purchase', where }, times: { eq: 1 } },
    'did purchase exactly once, where total is at least 20',
  ],
  [
    { did: { any_of: ['buy', 'rent'] }, where, times: { gte: 1, lte: 2 } },
    'did buy or rent 1 to 2 times, where total is at least 20',
  ],
  [
    { did_not: { event: 'refund' }, within: { from: '2024-01-01', to: '2024-02-01' } },
    'did not do refund from 2024-01-01 until 2024-02-01',
  ],
  [
    { did: { event: 'a', where: { or: [where, LATE] } } },
    'did a, where total is at least 20 or hour is more than 20',
  ],
  [
    { did: { event: 'a', where: [{ or: [where, LATE] }, { or: [LATE, where] }] } },
    'did a, where (total is at least 20 or hour is more than 20) and (hour is more than 20 or total is at least 20)',
  ],
  [
    { did: { event: 'a', where: { or: [where, LATE] } }, where: { not: [where, LATE] } },
    'did a, where (total is at least 20 or hour is more than 20) and not (total is at least 20 and hour is more than 20)',
  ],
  [
    { sequence: [{ event: 'a' }, { event: 'b', where }], within: '1w' },
    'did a, then b where total is at least 20 within 1 week',
  ],
  [{ first: { event: 'purchase' }, within: '12h' }, 'did purchase for the first time within 12 hours'],
  [{ last: { event: 'visit' }, within: '1d12h' }, 'did visit for the last time within 1d12h'],
  [{ property: 'user.plan', op: 'in', value: ['a', 'b'] }, 'are people whose user.plan is one of a,b'],
  [{ in_cohort: 'co_1' }, 'belong to the cohort “Keen”'],
  [{ in_cohort: 'co_2' }, 'belong to the cohort “co_2”'],
  [{ danced: 'well' }, '{"danced":"well"}'],
])('says what one criterion asks: %j', (criteria, told) => {
  expect(tellCriteria(criteria, nameCohort)).toBe(told);
});

it('keeps what is joined together, and what is refused', () => {
  const criteria = {
    and: [
      { did: { event: 'a' } },
      { or: [{ in_cohort: 'co_1' }, { not: { did: { event: 'b' } } }] },
      { not: { or: [{ did: { event: 'c' } }] } },
    ],
  };
  expect(tellCriteria(criteria, nameCohort)).toEqual({
    joint: 'and',
    parts: [
      'did a',
      { joint: 'or', parts: ['belong to the cohort “Keen”', 'are none of those who did b'] },
      { joint: 'not', parts: [{ joint: 'or', parts: ['did c'] }] },
    ],
  });
});
