import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromRoot } from '../../../src/paths.js';
import { compileEventType } from '../../../src/registry/event-type.js';
import { PACK_NAMES, type Pack, readPack } from '../../../src/registry/pack.js';
import { createPayloadScope } from '../../../src/registry/rules.js';

function load(name: string): Pack {
  const result = readPack(JSON.parse(readFileSync(fromRoot('packs', `${name}.json`), 'utf8')));
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.pack;
}

const packs = PACK_NAMES.map(load);
const types = packs.flatMap(({ name, eventTypes }) =>
  eventTypes.map((type) => ({ pack: name, name: type.definition.name, type })),
);

test('there are three packs with more than fifty event types, every file among them', () => {
  expect(packs.map(({ name }) => name)).toEqual([...PACK_NAMES]);
  expect(readdirSync(fromRoot('packs')).sort()).toEqual(PACK_NAMES.map((name) => `${name}.json`).sort());
  expect(types.length).toBeGreaterThan(50);
});

test('no name is in two packs or twice in one, so all can be loaded together', () => {
  const names = types.map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

describe.each(types)('$pack: $name', ({ type: { definition, examples } }) => {
  const result = compileEventType(definition);
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  const { rules } = result;

  test('is described, and every example satisfies it', () => {
    expect(definition.category).toMatch(/^[a-z]+$/);
    expect(definition.description).toMatch(/^[A-Z].*\.$/);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(rules.check(example, createPayloadScope())).toEqual([]);
  });

  test('an example without what is required, or with a value of another type, does not', () => {
    const [example = {}] = examples;
    const required = Array.isArray(definition.schema.required) ? definition.schema.required : [];
    for (const name of required) {
      const { [String(name)]: _left, ...rest } = example;
      expect(rules.check(rest, createPayloadScope())).not.toEqual([]);
    }
    for (const name of Object.keys(example)) {
      expect(rules.check({ ...example, [name]: { wrong: true } }, createPayloadScope())).not.toEqual([]);
    }
  });

  test('examples use no property that is not described', () => {
    const described = Object.keys(definition.schema.properties ?? {});
    for (const example of examples) expect(described).toEqual(expect.arrayContaining(Object.keys(example)));
  });
});

test('a broken pack is refused with the place', () => {
  const pack = {
    pack: 'x',
    title: 'X',
    description: 'x',
    event_types: [{ name: 'a', schema: { type: 'x' }, examples: [] }],
  };
  expect(readPack(pack)).toEqual({
    problems: [expect.objectContaining({ path: '/event_types/0/schema/type', code: 'invalid_schema' })],
  });
  expect('problems' in readPack([])).toBe(true);
  expect('problems' in readPack(null)).toBe(true);
});
