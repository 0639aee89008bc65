import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClickHouse, createClickHouse } from '../../src/clickhouse/client.js';
import { RequestError } from '../../src/errors.js';
import { fromRoot } from '../../src/paths.js';
import { parseLtvRequest } from '../../src/predict/ltv/request.js';
import { answerLtvQuestion } from '../../src/predict/ltv/run.js';
import { DEFAULT_LIMITS } from '../../src/query/context.js';
import { freshClickHouse, runClickHouse } from '../support/stack.js';

const QUESTION = {
  event: 'purchase',
  value: 'revenue',
  from: '1997-01-01',
  calibration_to: '1997-10-01',
  to: '1998-07-01',
  grain: 'week',
};

/** One line of JSONEachRow. Every number has a decimal point, so that it is a Float64, as ingest stores all numbers. */
const printRow = (project: string, id: string, user: string, day: string, revenue: string): string =>
  `{"project":"${project}","event":"purchase","event_id":"${id}","user_id":"${user}","timestamp":"${day} 12:00:00.000","properties":{"revenue":${revenue}}}`;

function readSample(): string[] {
  const lines = readFileSync(fromRoot('test/fixtures/cdnow-sample.csv'), 'utf8').trim().split('\n').slice(1);
  return lines.map((line, n) => {
    const [customer, day, dollars] = line.split(',') as [string, string, string];
    return printRow('p', `e${n}`, customer, day, Number(dollars).toFixed(2));
  });
}

describe('POST /v1/analytics/predictions/ltv', () => {
  let clickhouse: ClickHouse;

  beforeAll(async () => {
    const { url } = await freshClickHouse();
    clickhouse = createClickHouse(url);
    const rows = [...readSample(), printRow('other', 'x', 'stranger', '1997-02-01', '1000000.00')];
    await runClickHouse(url, `insert into events format JSONEachRow\n${rows.join('\n')}`);
  });
  afterAll(() => clickhouse.close());

  it('reproduces the published parameters from stored events and beats the baseline on weeks 40 to 78', async () => {
    const answer = await answerLtvQuestion({ clickhouse, project: 'p', limits: DEFAULT_LIMITS }, QUESTION);
    expect(answer.meta.customers).toBe(2_357);
    expect(answer.parameters.r).toBeCloseTo(0.243, 3);
    expect(answer.parameters.alpha).toBeCloseTo(4.414, 2);
    expect(answer.parameters.a).toBeCloseTo(0.793, 2);
    expect(answer.parameters.b).toBeCloseTo(2.426, 2);
    expect(answer.parameters.log_likelihood).toBeCloseTo(-9582.4, 1);
    expect(answer.parameters.p).toBeCloseTo(6.25, 1);
    expect(answer.parameters.q).toBeCloseTo(3.74, 1);
    expect(answer.parameters.v).toBeCloseTo(15.44, 0);
    expect(answer.baseline.wins).toBe(false);
    // Fader, Hardie and Lee (2005), conditional expectations in weeks 40 to 78 by repeat purchases in weeks 1 to 39.
    const published = [0.225, 0.523, 1.044, 1.521, 2.164, 2.654, 3.504, 6.158];
    answer.backtest.by_frequency.forEach((group, i) => {
      expect(group.expected).toBeCloseTo(published[i]!, 2);
    });
    expect(answer.backtest.model.total_error).toBeCloseTo(-0.12, 2);
    expect(answer.backtest.by_period).toHaveLength(78);
    expect(answer.backtest.by_period[38]!.held_out).toBe(false);
    expect(answer.backtest.by_period[39]!.held_out).toBe(true);
    const sum = answer.backtest.by_period.filter((p) => p.held_out).reduce((total, p) => total + p.actual, 0);
    expect(sum).toBe(answer.backtest.actual_total);
    expect(answer.predictions).toHaveLength(100);
    expect(answer.predictions.some((p) => p.person === 'stranger')).toBe(false);
  });

  it('says that too few people were seen', async () => {
    const asked = answerLtvQuestion({ clickhouse, project: 'other', limits: DEFAULT_LIMITS }, QUESTION);
    await expect(asked).rejects.toMatchObject({ status: 422, code: 'too_few_customers' });
  });

  it('names each field that is wrong', () => {
    const wrong = (body: object): string[] => {
      try {
        parseLtvRequest({ ...QUESTION, ...body });
        return [];
      } catch (error) {
        return error instanceof RequestError ? error.errors.map((e) => e.path) : ['thrown'];
      }
    };
    expect(wrong({})).toEqual([]);
    expect(wrong({ grain: 'hour' })).toEqual(['grain']);
    expect(wrong({ to: '1997-10-01' })).toEqual(['to']);
    expect(wrong({ calibration_to: '1997-10-01T09:00:00Z' })).toEqual(['calibration_to']);
    expect(wrong({ event: '', value: 7 })).toEqual(['event', 'value']);
  });
});
