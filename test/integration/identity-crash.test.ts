/** A worker killed around the moment at which it takes what a batch says about people: the next one takes it, once. */
import { beforeAll, expect, test } from 'vitest';
import { openQueryContext } from '../../src/query/context.js';
import { answerTrends } from '../../src/query/trends/answer.js';
import { showPerson } from '../../src/query/users/users.js';
import { type Bench, createBench, expectEnd, makeEvent, makePayload } from './ingest-instance.js';

let bench: Bench;

beforeAll(async () => {
  bench = await createBench();
});

test.each(['after-insert', 'before-people', 'after-people', 'before-ack'])(
  'killed at %s: the person is one, and known',
  async (fault) => {
    const anonymous = { event: 'view', user_id: '', anonymous_id: `a-${fault}` };
    const first = bench.startIngest();
    await bench.send([makeEvent(`1-${fault}`, anonymous)]);
    await first.stop();

    const dying = bench.startIngest({ WEIR_FAULT: `${fault}:1` });
    const identify = { event: '$identify', user_id: `u-${fault}`, properties: { $set: { plan: 'pro' } } };
    const { payloadId } = await bench.stream.append(
      makePayload([makeEvent(`2-${fault}`, { ...identify, anonymous_id: `a-${fault}` } as object)]),
    );
    await expectEnd(dying, 'SIGKILL');
    const next = bench.startIngest();
    await bench.waitDone(payloadId);
    await next.stop();

    const context = await openQueryContext({ clickhouse: bench.clickhouse, project: 'default' });
    const person = await showPerson(context, `a-${fault}`);
    expect(person).toMatchObject({ user_id: `u-${fault}`, events: 2, properties: { plan: 'pro' } });
    const asked = {
      event: 'view',
      measure: 'users',
      where: { property: 'user.id', op: 'eq', value: `u-${fault}` },
    };
    const { rows, columns } = await answerTrends(context, {
      events: [asked],
      from: '2026-04-01',
      to: '2026-06-01',
      grain: 'all',
    });
    expect(rows[0]![columns.indexOf('value')]).toBe(1);
    const { rows: changes } = await bench.clickhouse.query<{ n: number }>(
      `select count() as n from user_property_changes final where event_id = '2-${fault}'`,
    );
    expect(Number(changes[0]!.n)).toBe(1);
  },
);
