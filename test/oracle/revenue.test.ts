/** Revenue of real purchases, and of made-up refunds of them, against adding it up by hand from the same file. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromRoot } from '../../src/paths.js';
import { answerRevenue } from '../../src/query/revenue/run.js';
import type { OracleEvent } from './condition.js';
import { createRandom, ORACLE_SEED } from './random.js';
import { createStore, type Store } from './store.js';

let store: Store;
let events: OracleEvent[];

interface Purchase {
  user_id: string;
  timestamp: string;
  properties: { revenue: number };
}

beforeAll(async () => {
  const random = createRandom(ORACLE_SEED);
  const lines = gunzipSync(readFileSync(fromRoot('test', 'fixtures', 'purchases-3000.ndjson.gz')))
    .toString()
    .trim()
    .split('\n');
  events = lines.flatMap((line): OracleEvent[] => {
    const { user_id, timestamp, properties } = JSON.parse(line) as Purchase;
    const bought = { user: user_id, event: 'purchase', t: Date.parse(timestamp), properties };
    const later = bought.t + random.below(40) * 86_400_000;
    // Of some nothing else is known, of some it comes before what they paid for, or after.
    if (random.chance(0.08))
      return [{ ...bought, properties: { revenue: random.pick([0, -0, 'twelve', -2, '']) } }];
    if (random.chance(0.05))
      return [
        bought,
        {
          ...bought,
          t: bought.t - random.below(60) * 86_400_000,
          properties: { revenue: random.pick([0, 'gift']) },
        },
      ];
    if (random.chance(0.05))
      return [
        bought,
        { user: user_id, event: 'refund', t: later, properties: { amount: -properties.revenue } },
      ];
    if (random.chance(0.05)) return [bought, { ...bought, t: later, properties: { revenue: -3.5 } }];
    return random.chance(0.1)
      ? [{ ...bought, event: 'visit', t: bought.t - random.below(9) * 86_400_000 }, bought]
      : [bought];
  });
  store = await createStore();
  await store.insert('shop', events);
});
afterAll(() => store?.close());

const monthOf = (t: number): number => {
  const date = new Date(t);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

/** The amount of an event, 0 of one that has no number. */
function amountOf({ properties }: OracleEvent): number {
  const amount = properties?.revenue;
  return typeof amount === 'number' ? amount : 0;
}

/** What begins a row: an event of this type, or what was paid for. */
const begins = (one: OracleEvent, start: string | undefined): boolean =>
  start === undefined ? one.event === 'purchase' && amountOf(one) > 0 : one.event === start;

/** The table by month, a person and an event at a time. */
function addUp(start: string | undefined, from: number, to: number, periods: number) {
  const first = monthOf(from);
  const rows = Array.from({ length: monthOf(to - 1) - first + 1 }, () => ({
    size: 0,
    gross: Array<number>(periods + 1).fill(0),
    refunds: Array<number>(periods + 1).fill(0),
    payers: Array<number>(periods + 1).fill(0),
    paid: Array<number>(periods + 1).fill(0),
    repeated: Array<number>(periods + 1).fill(0),
  }));
  for (const user of new Set(events.map((one) => one.user))) {
    const own = events.filter((one) => one.user === user).sort((a, b) => a.t - b.t);
    const begun = own.find((one) => begins(one, start));
    if (!begun || begun.t < from || begun.t >= to) continue;
    const row = rows[monthOf(begun.t) - first]!;
    row.size++;
    for (let k = 0; k <= periods; k++) {
      const upTo = own.filter((one) => one.t >= begun.t && monthOf(one.t) - monthOf(begun.t) <= k);
      const inside = upTo.filter((one) => monthOf(one.t) - monthOf(begun.t) === k);
      const amounts = inside.filter((one) => one.event === 'purchase').map(amountOf);
      for (const amount of amounts) row[amount > 0 ? 'gross' : 'refunds'][k]! += Math.abs(amount);
      for (const one of inside)
        if (one.event === 'refund') row.refunds[k]! -= one.properties!.amount as number;
      if (amounts.some((amount) => amount > 0)) row.payers[k]!++;
      const bought = upTo.filter((one) => one.event === 'purchase' && amountOf(one) > 0).length;
      if (bought > 0) row.paid[k]!++;
      if (bought > 1) row.repeated[k]!++;
    }
  }
  return rows;
}

/** Equal but for what adding up in another order changes. */
function expectClose(seen: readonly (number | null)[], expected: readonly (number | null)[]): void {
  expect(seen.map((value) => value === null)).toEqual(expected.map((value) => value === null));
  seen.forEach((value, k) => {
    expect(value ?? 0).toBeCloseTo(expected[k] ?? 0, 6);
  });
}

for (const start of [undefined, 'purchase', 'visit'])
  it(`revenue by the month of the first ${start ?? 'that was paid for'} equals adding it up by hand`, async () => {
    const [from, to, periods] = [Date.UTC(1997, 0, 1), Date.UTC(1997, 5, 1), 6];
    const answer = await answerRevenue(store.contextOf('shop'), {
      event: 'purchase',
      value: 'revenue',
      refund: { event: 'refund', value: 'amount' },
      ...(start !== undefined && { start: { event: start } }),
      from: '1997-01-01',
      to: '1997-06-01',
      grain: 'month',
      periods,
      acquisition_cost: 30,
    });
    const expected = addUp(start, from, to, periods);
    expect(expected.reduce((sum, row) => sum + row.size, 0)).toBeGreaterThan(20);
    answer.periods.forEach((period, index) => {
      const { size, gross, refunds, payers, paid, repeated } = expected[index]!;
      const revenue = gross.map((value, k) => value - refunds[k]!);
      let sum = 0;
      const ltv = revenue.map((value) => {
        sum += value;
        return size === 0 ? null : sum / size;
      });
      expect(period.size).toBe(size);
      expectClose(period.gross, gross);
      expectClose(period.refunds, refunds);
      expect(period.payers).toEqual(payers);
      expectClose(period.ltv, ltv);
      expectClose(
        period.arppu,
        revenue.map((value, k) => (payers[k] === 0 ? null : value / payers[k]!)),
      );
      expectClose(
        period.repeat_rate,
        repeated.map((value, k) => (paid[k] === 0 ? null : value / paid[k]!)),
      );
      const covered = ltv.findIndex((value) => value !== null && value >= 30);
      expect(period.payback).toBe(covered < 0 ? null : covered);
    });
    expect(answer.totals.size).toBe(answer.periods.reduce((sum, { size }) => sum + size, 0));
    // Somebody came of whom nothing was paid: not among purchasers.
    const payers = answer.totals.payers;
    if (start === undefined) expect(answer.totals.size).toBe(payers);
    else expect(answer.totals.size).toBeGreaterThan(payers);
    const whole = expected.reduce((sum, row) => sum + row.gross.reduce((a, b) => a + b, 0), 0);
    expect(answer.totals.gross).toBeCloseTo(whole, 6);
  });

it('nobody who started is a table of zeros, and mistakes are told their place', async () => {
  const question = { event: 'purchase', value: 'revenue', from: '1990-01-01', to: '1990-03-01', periods: 1 };
  const { totals, periods } = await answerRevenue(store.contextOf('shop'), question);
  expect(totals).toMatchObject({ size: 0, revenue: 0, arpu: null, repeat_rate: null });
  expect(periods).toHaveLength(2);
  const wrong = { ...question, acquisition_cost: [1, 2, 3] };
  await expect(answerRevenue(store.contextOf('shop'), wrong)).rejects.toThrow('There are 2 rows');
  const future = { ...question, from: '2190-01-01', to: '2190-03-01' };
  await expect(answerRevenue(store.contextOf('shop'), future)).rejects.toThrow('future');
});
