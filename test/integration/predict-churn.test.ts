import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseChurnRequest } from '../../src/predict/churn/request.js';
import { answerChurnQuestion } from '../../src/predict/churn/run.js';
import { printFeatures, readSnapshot } from '../../src/predict/churn/snapshot.js';
import { collectBytes } from '../../src/query/collected.js';
import type { OracleEvent } from '../oracle/condition.js';
import { createRandom } from '../oracle/random.js';
import { createStore, type Store } from '../oracle/store.js';

const DAY_MS = 86_400_000;
const CUT_MS = Date.UTC(2024, 5, 1);
const HORIZON_DAYS = 14;
const LOOK_BACK_DAYS = 90;
const QUESTION = { event: 'opened', horizon: '14d', cut: '2024-06-01' };

/** Between 0 and 1. */
function createShares(seed: number): () => number {
  const { below } = createRandom(seed);
  return () => below(1_000_000_000) / 1_000_000_000;
}

/** Features and outcome of everybody at the cut that judges, written out over arrays. */
function computeNaively(rows: readonly OracleEvent[]): Map<string, { features: number[]; churned: number }> {
  const found = new Map<string, { features: number[]; churned: number }>();
  for (const user of new Set(rows.map((row) => row.user))) {
    const own = rows.filter((row) => row.user === user && row.t >= CUT_MS - LOOK_BACK_DAYS * DAY_MS);
    const times = own
      .filter(({ event, t }) => event === 'opened' && t < CUT_MS)
      .map(({ t }) => t)
      .sort((a, b) => a - b);
    const since = (horizons: number) => times.filter((ms) => ms >= CUT_MS - horizons * HORIZON_DAYS * DAY_MS);
    const recent = since(1).length;
    if (recent === 0) continue;
    const days = new Set(times.map((ms) => Math.floor(ms / DAY_MS))).size;
    const weekdays = times.map((ms) => new Date(ms).getUTCDay());
    const recency = (CUT_MS - times.at(-1)!) / DAY_MS;
    const kinds = own.filter(({ t }) => t < CUT_MS && t >= CUT_MS - HORIZON_DAYS * DAY_MS);
    const gap = (times.at(-1)! - times[0]!) / DAY_MS / (days - 1);
    found.set(user, {
      features: [
        Math.log1p(recency),
        Math.log1p(days),
        Math.log1p(times.length),
        Math.log1p((CUT_MS - times[0]!) / DAY_MS),
        Math.log1p(recent) - Math.log1p(since(2).length - recent),
        Math.log1p(new Set(kinds.map(({ event }) => event)).size),
        days > 1 ? Math.log1p(recency) - Math.log1p(gap) : 0,
        new Set(weekdays).size / 7,
        weekdays.filter((day) => day === 0 || day === 6).length / times.length,
      ],
      churned: Number(
        !own.some(({ event, t }) => event === 'opened' && t >= CUT_MS && t < CUT_MS + HORIZON_DAYS * DAY_MS),
      ),
    });
  }
  return found;
}

function makeRandomRows(seed: number): OracleEvent[] {
  const random = createShares(seed);
  return Array.from({ length: 3_000 }, () => ({
    user: `u${Math.floor(random() * 150)}`,
    event: random() < 0.6 ? 'opened' : `other_${Math.floor(random() * 5)}`,
    // Some on the very edges of spans.
    t:
      random() < 0.05
        ? CUT_MS + Math.floor(random() * 9 - 6) * HORIZON_DAYS * DAY_MS
        : CUT_MS + Math.floor((random() * 150 - 120) * DAY_MS),
  }));
}

/** People who open at a rate of their own, or all at the same, so that nothing tells who will not in the next two weeks. */
function makeHabits(seed: number, telling: boolean): OracleEvent[] {
  const random = createShares(seed);
  const rows: OracleEvent[] = [];
  for (let person = 0; person < 800; person++) {
    const rate = telling ? 0.02 + 0.5 * random() ** 2 : 0.08;
    for (let day = -120; day < 20; day++)
      if (random() < rate)
        rows.push({
          user: `h${person}`,
          event: 'opened',
          t: CUT_MS + day * DAY_MS + Math.floor(random() * DAY_MS),
        });
  }
  return rows;
}

describe('POST /v1/analytics/predictions/churn', () => {
  let store: Store;
  const random = makeRandomRows(7);

  async function readFeatures(project: string) {
    const question = parseChurnRequest(QUESTION);
    const context = store.contextOf(project);
    const statement = printFeatures(question, question.cuts.judge, context);
    const { snapshot } = await readSnapshot(await collectBytes(context, statement));
    const { values, width } = snapshot.features;
    return new Map(
      snapshot.people.map((person, row) => [
        person,
        { features: [...values.slice(row * width, (row + 1) * width)], churned: snapshot.churned[row]! },
      ]),
    );
  }

  beforeAll(async () => {
    store = await createStore();
    const shuffle = createShares(99);
    // The same past; whatever comes after the cut is somebody else's, of another type, at another time.
    const shuffled = random.map((row) =>
      row.t < CUT_MS
        ? row
        : {
            user: `u${Math.floor(shuffle() * 150)}`,
            event: 'opened',
            t: CUT_MS + Math.floor(shuffle() * 60 * DAY_MS),
          },
    );
    await store.insert('random', random);
    await store.insert('shuffled', shuffled);
    await store.insert('habits', makeHabits(1, true));
    await store.insert('noise', makeHabits(2, false));
    await store.insert(
      'few',
      random.slice(0, 40).map((row) => ({ ...row, t: CUT_MS - 20 * DAY_MS })),
    );
  });
  afterAll(() => store.close());

  it('computes the features and outcomes a naive computation over arrays does', async () => {
    const found = await readFeatures('random');
    const expected = computeNaively(random);
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    expect(found.size).toBeGreaterThan(80);
    for (const [person, { features, churned }] of expected) {
      expect(found.get(person)!.churned).toBe(churned);
      features.forEach((value, i) => {
        expect(found.get(person)!.features[i]).toBeCloseTo(value, 9);
      });
    }
  });

  it('lets nothing of the future into the features', async () => {
    const [before, after] = [await readFeatures('random'), await readFeatures('shuffled')];
    const outcomes = (found: typeof before) => [...found.values()].map(({ churned }) => churned).join('');
    expect(outcomes(after)).not.toBe(outcomes(before));
    expect([...after].map(([person, { features }]) => [person, features])).toEqual(
      [...before].map(([person, { features }]) => [person, features]),
    );
  });

  it('beats the baselines where leaving shows beforehand, and says the same each time', async () => {
    const answer = await answerChurnQuestion(store.contextOf('habits'), QUESTION);
    expect(answer.predicts).toBe(true);
    expect(answer.baseline.wins).toBe(false);
    expect(answer.scoreboard.auc).toBeGreaterThan(0.7);
    const people = answer.scoreboard.calibration.reduce((sum, bin) => sum + bin.people, 0);
    expect(people).toBe(answer.people.judged);
    // Everybody has one event type here, so breadth says nothing.
    for (const { feature, coefficient, error } of answer.factors)
      if (feature === 'breadth') expect([coefficient, error]).toEqual([0, null]);
      else expect(error).toBeGreaterThan(0);
    const risks = answer.predictions.map((one) => (one as { risk?: number }).risk!);
    expect(risks).toEqual(risks.toSorted((a, b) => b - a));
    expect(answer.predictions.length).toBeLessThanOrEqual(100);
    const { meta: _, ...again } = await answerChurnQuestion(store.contextOf('habits'), QUESTION);
    const { meta: __, ...first } = answer;
    expect(again).toEqual(first);
  });

  it('predicts nothing where people leave by chance', async () => {
    const answer = await answerChurnQuestion(store.contextOf('noise'), QUESTION);
    expect(answer.baseline.wins).toBe(true);
    expect(answer.predicts).toBe(false);
    expect(answer.reason).toBe('baseline_wins');
    expect(answer.predictions).toEqual([]);
    expect(answer.summary).toContain('nothing is predicted');
  });

  it('says that too few people were seen', async () => {
    const asked = answerChurnQuestion(store.contextOf('few'), QUESTION);
    await expect(asked).rejects.toMatchObject({ status: 422, code: 'too_few_people' });
  });

  it('names each field that is wrong', () => {
    const now = Date.UTC(2024, 6, 1);
    const wrong = (body: object) => () => parseChurnRequest({ ...QUESTION, ...body }, now);
    expect(wrong({})).not.toThrow();
    expect(wrong({ horizon: '36h' })).toThrow(/horizon/);
    expect(wrong({ cut: '2024-06-30' })).toThrow(/cut/);
    expect(wrong({ from: '2024-05-10' })).toThrow(/from/);
    expect(wrong({ features: ['shoe_size'] })).toThrow(/feature/);
  });
});
