/** Models that are kept: trained when asked and by schedule, once whoever is there; paged; and what they say of cohorts. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMetadata, type Metadata } from '../../src/metadata/metadata.js';
import { fromRoot } from '../../src/paths.js';
import { createTrainingRunner } from '../../src/predict/models/runner.js';
import { listTrainings } from '../../src/predict/models/trainings.js';
import type { Ticker } from '../../src/ticker.js';
import { createRandom } from '../oracle/random.js';
import { createStore, type Store } from '../oracle/store.js';
import { type Front, startFront } from '../support/front.js';

const DAY_MS = 86_400_000;
const PROJECT = 'default';
const CUT_MS = Date.UTC(2024, 5, 1);
const MODELS = '/v1/analytics/predictions/models';
const CHURN = { event: 'opened', horizon: '14d', cut: '2024-06-01' };
const LTV = {
  event: 'purchase',
  value: 'revenue',
  from: '1997-01-01',
  calibration_to: '1997-10-01',
  to: '1998-07-01',
};

function makeHabits() {
  const random = createRandom(11);
  const share = (): number => random.below(1_000_000) / 1_000_000;
  return Array.from({ length: 500 }, (_, person) => {
    const rate = 0.02 + 0.5 * share() ** 2;
    return Array.from({ length: 140 }, (__, day) => ({
      user: `h${person}`,
      event: 'opened',
      t: CUT_MS + (day - 120) * DAY_MS + random.below(DAY_MS),
    })).filter(() => share() < rate);
  }).flat();
}

const readPurchases = () =>
  readFileSync(fromRoot('test/fixtures/cdnow-sample.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [user, day, dollars] = line.split(',') as [string, string, string];
      return { user, event: 'purchase', t: Date.parse(day), properties: { revenue: Number(dollars) } };
    });

interface Person {
  rank: number;
  person: string;
  risk: number;
  expected_value: number;
}

interface Training {
  reason: string;
  answer: {
    data: { from: string; to: string };
    parameters: { r: number };
    people_kept: number;
  };
}

/** What the answers of these routes hold, as far as it is looked at; each has some of it. */
interface Told {
  status: number;
  id: string;
  latest: Training;
  next_at: string;
  data: Person[];
  next_cursor: string | null;
  churn: { people: number; expected_leavers: number; mean_risk: number; reason?: string };
  ltv: { people: number; expected_value: number; reason?: string };
}

describe('saved models', () => {
  let front: Front;
  let store: Store;
  let metadata: Metadata;
  const runners: Ticker[] = [];
  const errors: Error[] = [];

  const call = async (method: string, path: string, body?: object): Promise<Told> => {
    const response = await fetch(front.url + path, {
      method,
      headers: { authorization: `Bearer ${front.keys.admin}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { ...((await response.json()) as Told), status: response.status };
  };
  const tickAll = () => Promise.all(runners.map((runner) => runner.tick()));

  beforeAll(async () => {
    front = await startFront('node');
    store = await createStore(front.config.clickhouseUrl);
    await store.insert(PROJECT, [...makeHabits(), ...readPurchases()]);
    metadata = createMetadata(front.config.databaseUrl!);
    for (let i = 0; i < 2; i++)
      runners.push(
        createTrainingRunner({
          metadata,
          clickhouse: store.clickhouse,
          onError: (error) => errors.push(error),
        }),
      );
  });
  afterAll(async () => {
    await Promise.all(runners.map((runner) => runner.close()));
    await metadata?.close();
    await store?.close();
    await front?.stop();
  });

  async function waitTrained(id: string, version: number) {
    await expect
      .poll(async () => (await call('GET', `${MODELS}/${id}`)).latest, { timeout: 60_000, interval: 200 })
      .toMatchObject({ version, state: expect.stringMatching(/done|failed/) });
    return (await call('GET', `${MODELS}/${id}`)).latest;
  }

  it('says of a cohort why nothing is foretold', async () => {
    const { id } = await call('POST', '/v1/analytics/cohorts', {
      name: 'Everybody',
      criteria: { did: { event: 'opened' } },
    });
    const foretell = () => call('GET', `/v1/analytics/cohorts/${id}/predictions`);
    const unsaid = (reason: string) => ({ model: null, predicts: false, reason });
    expect(await foretell()).toMatchObject({
      churn: unsaid('no churn model has been saved'),
      ltv: unsaid('no lifetime value model has been saved'),
    });
    const question = { ...CHURN, event: 'never_sent' };
    const made = await call('POST', MODELS, { kind: 'churn', name: 'Nobody', question });
    const { reason } = await waitTrained(made.id, 1);
    const { churn } = await foretell();
    expect(churn).toEqual(unsaid(`the churn model "Nobody" could not be trained: ${reason}`));
    // As while a process trains it.
    await metadata.query(
      "update model_trainings set state = 'running', claim = 'other', deadline = now() + interval '1 day' where model = $1",
      [made.id],
    );
    expect((await foretell()).churn).toEqual(
      unsaid('the churn model "Nobody" is being trained for the first time'),
    );
    await call('DELETE', `${MODELS}/${made.id}`);
  });

  it('trains a churn model at once, pages its people by risk, and trains again as a new version', async () => {
    const made = await call('POST', MODELS, { kind: 'churn', name: 'Leavers', question: CHURN });
    expect(made).toMatchObject({ status: 201, kind: 'churn', latest: { version: 1 } });
    const first = await waitTrained(made.id, 1);
    expect(first).toMatchObject({ state: 'done', attempts: 1, answer: { predicts: true } });
    expect(first.answer.data.from < first.answer.data.to).toBe(true);

    const pages: Person[] = [];
    let cursor = '';
    for (let page = 0; page < 10; page++) {
      const answer = await call(
        'GET',
        `${MODELS}/${made.id}/users?limit=200${cursor && `&cursor=${cursor}`}`,
      );
      pages.push(...answer.data);
      if (answer.next_cursor === null) break;
      cursor = answer.next_cursor;
    }
    expect(pages).toHaveLength(first.answer.people_kept);
    expect(new Set(pages.map(({ person }) => person)).size).toBe(pages.length);
    expect(pages.map(({ risk }) => risk)).toEqual(pages.map(({ risk }) => risk).toSorted((a, b) => b - a));

    expect(await call('POST', `${MODELS}/${made.id}/train`)).toMatchObject({ status: 202, version: 2 });
    const second = await waitTrained(made.id, 2);
    const { data: _, ...one } = first.answer;
    const { data: __, ...other } = second.answer;
    expect(other).toEqual(one);
    expect(await call('GET', `${MODELS}/${made.id}/versions`)).toMatchObject({
      data: [{ version: 2 }, { version: 1 }],
    });
    expect(await call('GET', `${MODELS}/${made.id}/users?version=1&limit=1`)).toMatchObject({ version: 1 });
  });

  it('keeps lifetime value, and sums both up for the people of a cohort', async () => {
    const made = await call('POST', MODELS, { kind: 'ltv', name: 'CDNOW', question: LTV });
    const trained = await waitTrained(made.id, 1);
    expect(trained.answer.parameters.r).toBeCloseTo(0.243, 3);
    expect(trained.answer.people_kept).toBe(2_357);

    const cohort = await call('POST', '/v1/analytics/cohorts', {
      name: 'Buyers',
      criteria: { did: { event: 'purchase' } },
    });
    const all = await call('GET', `/v1/analytics/cohorts/${cohort.id}/predictions`);
    expect(all).toMatchObject({ status: 200, size: 2_357, churn: { predicts: true, people: 0 } });
    expect(all.churn.reason).toMatch(/^the model knows none of them: .* before 2024-06-15/);
    expect(all.ltv.reason).toBeUndefined();
    const users: Person[] = [];
    let cursor = '';
    for (let page = 0; page < 5; page++) {
      const answer = await call(
        'GET',
        `${MODELS}/${made.id}/users?limit=1000${cursor && `&cursor=${cursor}`}`,
      );
      users.push(...answer.data);
      if (answer.next_cursor === null) break;
      cursor = answer.next_cursor;
    }
    const sum = users.reduce((total, user) => total + user.expected_value, 0);
    expect(all.ltv.people).toBe(2_357);
    expect(all.ltv.expected_value).toBeCloseTo(sum, 4);
    const longer = await call('GET', `/v1/analytics/cohorts/${cohort.id}/predictions?horizon=364d`);
    expect(longer.ltv.expected_value).toBeGreaterThan(all.ltv.expected_value);
    expect(longer.churn).toMatchObject({ predicts: false });

    const openers = await call('POST', '/v1/analytics/cohorts', {
      name: 'Openers',
      criteria: { did: { event: 'opened' } },
    });
    const { churn, ltv } = await call('GET', `/v1/analytics/cohorts/${openers.id}/predictions`);
    expect(ltv.people).toBe(0);
    expect(churn.people).toBeGreaterThan(100);
    expect(churn.expected_leavers).toBeCloseTo(churn.mean_risk * churn.people, 6);
  });

  it('trains what is due once, however many runners look, and moves on to the next time', async () => {
    const made = await call('POST', MODELS, {
      kind: 'churn',
      name: 'Weekly',
      question: CHURN,
      cron: '30 4 * * 1',
      timezone: 'Europe/Berlin',
    });
    await waitTrained(made.id, 1);
    await metadata.query("update predictive_models set next_at = now() - interval '2 weeks' where id = $1", [
      made.id,
    ]);
    await tickAll();
    await waitTrained(made.id, 2);
    await tickAll();
    const versions = await listTrainings(metadata, made.id);
    expect(versions.map(({ version, attempts }) => [version, attempts])).toEqual([
      [2, 1],
      [1, 1],
    ]);
    const shown = await call('GET', `${MODELS}/${made.id}`);
    expect(Date.parse(shown.next_at)).toBeGreaterThan(Date.now());
    expect(errors).toEqual([]);
  });

  it('takes up a training whose process ended', async () => {
    const made = await call('POST', MODELS, { kind: 'churn', name: 'Abandoned', question: CHURN });
    await waitTrained(made.id, 1);
    await metadata.query(
      "update model_trainings set state = 'running', claim = 'gone', deadline = now() - interval '1 second' where model = $1",
      [made.id],
    );
    await tickAll();
    expect(await waitTrained(made.id, 1)).toMatchObject({ state: 'done', attempts: 2 });
    expect(await call('DELETE', `${MODELS}/${made.id}`)).toMatchObject({ status: 200, name: 'Abandoned' });
    expect(await call('GET', `${MODELS}/${made.id}`)).toMatchObject({ status: 404, code: 'model_not_found' });
  });

  it('says why a training failed, and what is wrong with a model', async () => {
    const question = { ...CHURN, event: 'never_sent' };
    const made = await call('POST', MODELS, { kind: 'churn', name: 'Nobody', question });
    const latest = await waitTrained(made.id, 1);
    expect(latest).toMatchObject({ state: 'failed', answer: null });
    expect(latest.reason).toContain('at least 50 are needed');
    expect(await call('GET', `${MODELS}/${made.id}/users`)).toMatchObject({
      status: 409,
      code: 'model_not_trained',
    });
    const wrong = await call('POST', MODELS, {
      kind: 'churn',
      name: 'x',
      question: { ...CHURN, horizon: '1h' },
    });
    expect(wrong).toMatchObject({ status: 422, errors: [{ path: 'question.horizon' }] });
    const cron = await call('POST', MODELS, { kind: 'ltv', name: 'x', question: LTV, cron: 'never' });
    expect(cron).toMatchObject({ status: 422, errors: [{ path: 'cron' }] });
  });
});
