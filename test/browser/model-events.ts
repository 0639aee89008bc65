/** Events that models can learn from: the CDNOW sample's purchases of 1997 and 1998, and people who open at a rate of their own until June 2024. */
import { readFileSync } from 'node:fs';
import { fromRoot } from '../../src/paths.js';
import { createRandom } from '../oracle/random.js';
import type { Weir } from '../support/stack.js';
import { postEvents } from './page.js';

const DAY_MS = 86_400_000;
const CUT_MS = Date.UTC(2024, 5, 1);
const PEOPLE = 400;
const BATCH = 2_000;

/** What the events are about when they are asked of: churn at the cut, lifetime value in the split of the literature. */
export const CHURN_QUESTION = { event: 'opened', horizon: '14d', cut: '2024-06-01' };
export const LTV_QUESTION = {
  event: 'purchase',
  value: 'revenue',
  from: '1997-01-01',
  calibration_to: '1997-10-01',
  to: '1998-07-01',
};

const readPurchases = (): object[] =>
  readFileSync(fromRoot('test/fixtures/cdnow-sample.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [user_id, day, revenue] = line.split(',') as [string, string, string];
      return {
        event: 'purchase',
        user_id,
        timestamp: `${day}T12:00:00Z`,
        properties: { revenue: Number(revenue) },
      };
    });

function makeHabits(): object[] {
  const random = createRandom(3);
  return Array.from({ length: PEOPLE }, (_, person) => {
    const rate = 0.02 + 0.4 * (random.below(1_000) / 1_000) ** 2;
    return Array.from({ length: 110 }, (__, day) => CUT_MS + (day - 95) * DAY_MS + random.below(DAY_MS))
      .filter(() => random.chance(rate))
      .map((ms) => ({ event: 'opened', user_id: `h${person}`, timestamp: new Date(ms).toISOString() }));
  }).flat();
}

/**
 * In May 2024 every third of the people who open joins; those who joined mostly search and then book, others rarely. Half of them
 * browse a lot, half read a lot. Fifty customers of the CDNOW sample join as well.
 */
function makeJoiners(): object[] {
  const random = createRandom(8);
  const at = (user_id: string, event: string, day: number): object => ({
    event,
    user_id,
    timestamp: new Date(Date.UTC(2024, 4, 1) + day * DAY_MS + random.below(DAY_MS)).toISOString(),
  });
  const people = Array.from({ length: PEOPLE }, (_, person) => {
    const id = `h${person}`;
    const member = person % 3 === 0;
    const events = member ? [at(id, 'joined', 0)] : [];
    if (random.chance(member ? 0.7 : 0.15)) events.push(at(id, 'searched', 4), at(id, 'booked', 8));
    const habit = person % 2 === 0 ? 'browsed' : 'read';
    if (member)
      for (let n = 0; n < 8 + random.below(4); n++) events.push(at(id, habit, 2 + random.below(20)));
    return events;
  }).flat();
  const customers = [...new Set(readPurchases().map((one) => (one as { user_id: string }).user_id))];
  return [...people, ...customers.slice(0, 50).map((id) => at(id, 'joined', 0))];
}

/** Stores all of them. */
export async function fillForModels(weir: Weir): Promise<void> {
  const events = [...readPurchases(), ...makeHabits(), ...makeJoiners()];
  for (let from = 0; from < events.length; from += BATCH)
    await postEvents(weir, events.slice(from, from + BATCH));
}
