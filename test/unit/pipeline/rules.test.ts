import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/event/json.js';
import { Draft } from '../../../src/pipeline/draft.js';
import { inspectPayload } from '../../../src/pipeline/inspect.js';
import { prepareBatch } from '../../../src/pipeline/prepare.js';
import { STAGES } from '../../../src/pipeline/stages.js';
import { createRuleSet } from '../../../src/registry/rule-set.js';
import { createPayloadScope, type ValidationMode } from '../../../src/registry/rules.js';
import { createEntry, event, listRejects, RECEIVED_AT_MS, UNKNOWN_SENDER } from './entries.js';

const rulesWith = (mode: ValidationMode, strictProjects: string[] = []) =>
  createRuleSet({
    revision: 1,
    types: [{ project: 'shop', name: 'bought', version: 1, mode, schema: { required: ['total'] } }],
    strictProjects,
  });

const events = [event(), event({ properties: { total: 5 } }), event({ event: 'seen' })];
const entry = createEntry(events, { eventCount: 3 });
const prepare = (mode: ValidationMode, strictProjects?: string[]) =>
  prepareBatch({ entries: [entry], partition: 3, seq: 7 }, rulesWith(mode, strictProjects));

describe('An event that breaks the rules of its type', () => {
  test.each<ValidationMode>(['observe', 'warn'])('is stored and counted in mode %s', (mode) => {
    const batch = prepare(mode);
    expect([batch.rows, batch.rejects.length]).toEqual([3, 0]);
    expect(batch.observed).toEqual([{ project: 'shop', event: 'bought', count: 1 }]);
  });

  test.each<ValidationMode>(['quarantine', 'reject'])('is set aside in mode %s', (mode) => {
    const batch = prepare(mode);
    expect(listRejects(batch)).toEqual([[0, 'schema_violation', 'properties.total']]);
    expect([batch.rows, batch.observed]).toEqual([2, []]);
  });

  test('carries its problems in its context in mode warn', () => {
    const draft = new Draft(0, event({ context: { app: 'x' } }) as JsonObject, 100);
    const payload = {
      project: 'shop',
      payloadId: '',
      format: 'events' as const,
      receivedAtMs: RECEIVED_AT_MS,
      wrapper: undefined,
      ...UNKNOWN_SENDER,
    };
    const judgement = { rules: rulesWith('warn'), scope: createPayloadScope(), observed: new Map() };
    for (const stage of STAGES) stage.run(draft, payload, judgement);
    expect(draft.context).toMatchObject({
      app: 'x',
      schema_problems: [{ code: 'schema_violation', path: 'properties.total' }],
    });
  });

  test('is told to its sender in mode reject only', () => {
    const inspect = (mode: ValidationMode) =>
      inspectPayload('events', entry.body, RECEIVED_AT_MS, { rules: rulesWith(mode), project: 'shop' })
        .problems;
    expect(inspect('reject').map(({ index, code }) => [index, code])).toEqual([[0, 'schema_violation']]);
    for (const mode of ['observe', 'warn', 'quarantine'] as const) expect(inspect(mode)).toEqual([]);
  });
});

test('A strict project takes registered types only', () => {
  expect(listRejects(prepare('observe', ['shop']))).toEqual([[2, 'unknown_event_type', 'event']]);
  expect(listRejects(prepare('observe', ['blog']))).toEqual([]);
});
