import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/event/json.js';
import {
  createRuleSet,
  type RegisteredEventType,
  type RegistrySnapshot,
} from '../../../src/registry/rule-set.js';
import {
  createPayloadScope,
  judgeEvent,
  NO_RULES,
  UNIQUE_VALUES_MAX,
  type ValidationMode,
} from '../../../src/registry/rules.js';

const schema: JsonObject = { required: ['a'], properties: { a: { type: 'number' } } };
const type = (
  project: string,
  name: string,
  mode: ValidationMode = 'reject',
  version = 1,
): RegisteredEventType => ({
  project,
  name,
  mode,
  version,
  schema,
});
const snapshot = (
  revision: number,
  types: RegisteredEventType[],
  strictProjects: string[] = [],
): RegistrySnapshot => ({
  revision,
  types,
  strictProjects,
});
const judge = (rules = NO_RULES, event = 'e', properties: JsonObject = {}, project = 'p') =>
  judgeEvent(rules, project, event, properties, createPayloadScope());

describe('a verdict', () => {
  test.each<[ValidationMode, string]>([
    ['observe', 'store'],
    ['warn', 'store'],
    ['quarantine', 'quarantine'],
    ['reject', 'reject'],
  ])('in mode %s an event that breaks the rules is to %s', (mode, action) => {
    const rules = createRuleSet(snapshot(1, [type('p', 'e', mode)]));
    const verdict = judge(rules);
    expect(verdict).toMatchObject({ action, problems: [{ code: 'schema_violation', path: 'properties.a' }] });
    expect(verdict.action === 'store' && verdict.mode).toBe(action === 'store' ? mode : false);
    expect(judge(rules, 'e', { a: 1 })).toMatchObject({ action: 'store', problems: [] });
  });

  test('an unregistered type passes, unless its project is strict', () => {
    const rules = createRuleSet(snapshot(1, [type('p', 'e')], ['q']));
    expect(judge(rules, 'other')).toMatchObject({ action: 'store', problems: [] });
    expect(judge(rules, 'e', {}, 'q')).toMatchObject({
      action: 'reject',
      problems: [{ code: 'unknown_event_type', path: 'event', found: 'e' }],
    });
    expect(judge(NO_RULES)).toMatchObject({ action: 'store', problems: [] });
  });

  test('a project’s types are its own, whatever they are called', () => {
    const rules = createRuleSet(snapshot(1, [type('p', 'constructor')]));
    expect(judge(rules, 'constructor', {}, 'p').action).toBe('reject');
    expect(judge(rules, 'constructor', {}, 'q').action).toBe('store');
    expect(judge(rules, 'toString', {}, 'p').action).toBe('store');
  });
});

describe('a rule set', () => {
  test('compiles a type when it is first asked for, and takes over what did not change', () => {
    const first = createRuleSet(snapshot(1, [type('p', 'a'), type('p', 'b')]));
    expect(first.peek('p', 'a')).toBeUndefined();
    const a = first.find('p', 'a');
    expect(first.peek('p', 'a')).toBe(a);
    const second = createRuleSet(snapshot(2, [type('p', 'a'), type('p', 'b', 'warn', 2)]), {
      previous: first,
    });
    expect(second.revision).toBe(2);
    expect(second.find('p', 'a')).toBe(a);
    expect(second.find('p', 'b')?.version).toBe(2);
    const third = createRuleSet(snapshot(3, [type('p', 'a', 'warn', 2)]), { previous: second });
    expect(third.find('p', 'a')).not.toBe(a);
    expect(third.find('p', 'b')).toBeUndefined();
  });

  test('tells once of a stored type that does not compile, and lets its events pass', () => {
    const broken: string[] = [];
    const bad = { ...type('p', 'e'), schema: { type: 'nonsense' } };
    const rules = createRuleSet(snapshot(1, [bad]), {
      onBroken: ({ name }, errors) => broken.push(`${name} ${errors[0]?.path}`),
    });
    expect(judge(rules).action).toBe('store');
    expect(judge(rules).action).toBe('store');
    expect(broken).toEqual(['e /schema/type']);
  });
});

test('a payload’s memory of values is bounded', () => {
  const scope = createPayloadScope();
  let repeats = 0;
  for (let i = 0; i <= UNIQUE_VALUES_MAX; i++) repeats += Number(scope.seen('e', 'a', `${i}`));
  expect(repeats).toBe(0);
  expect(scope.seen('e', 'a', '0')).toBe(true);
  expect(scope.seen('e', 'a', `${UNIQUE_VALUES_MAX}`)).toBe(false);
});
