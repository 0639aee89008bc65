/** Links taken one after another: the rules by example, and what must hold for any links. */
import { describe, expect, test } from 'vitest';
import { type Link, type Node, type Persons, resolveLinks } from '../../../src/identity/resolve.js';
import { createRandom, ORACLE_SEED, type Random } from '../../oracle/random.js';

const NOBODY: Persons = { rootOf: new Map(), membersOf: new Map() };

const user = (name: string): Node => ({ key: `u:${name}`, name, isUser: true });
const anonymous = (name: string): Node => ({ key: `a:${name}`, name, isUser: false });

let nextId = 0;
const identify = (who: string, old: string): Link => ({
  eventId: `${nextId++}`,
  person: user(who),
  anonymous: anonymous(old),
  user: undefined,
  isUserKnown: false,
});
const alias = (person: Node, old: string, isUserKnown = false): Link => ({
  eventId: `${nextId++}`,
  person,
  anonymous: anonymous(old),
  user: person.isUser ? user(old) : undefined,
  isUserKnown,
});

/** What is known after some links, as the tables would tell it. */
function remember(before: Persons, { overrides }: ReturnType<typeof resolveLinks>): Persons {
  const rootOf = new Map(before.rootOf);
  for (const { key, target } of overrides) rootOf.set(key, target);
  const membersOf = new Map<string, string[]>();
  for (const [key, { key: root }] of rootOf) membersOf.set(root, [...(membersOf.get(root) ?? []), key]);
  return { rootOf, membersOf };
}

const nameAll = ({ rootOf }: Persons): Record<string, string> =>
  Object.fromEntries([...rootOf].map(([key, { key: root }]): [string, string] => [key, root]).sort());

describe('by example', () => {
  const take = (...links: Link[]) => {
    const result = resolveLinks(NOBODY, links);
    return {
      names: nameAll(remember(NOBODY, result)),
      refused: result.refused.map(({ link }) => link.eventId),
    };
  };

  test('an anonymous id becomes its first user', () => {
    const second = identify('eve', 'browser');
    expect(take(identify('ada', 'browser'), second)).toEqual({
      names: { 'a:browser': 'u:ada' },
      refused: [second.eventId],
    });
  });

  test('anonymous ids that were joined become a user’s together', () => {
    const links = [alias(anonymous('a1'), 'a2'), alias(anonymous('a3'), 'a2'), identify('ada', 'a3')];
    expect(take(...links).names).toEqual({ 'a:a1': 'u:ada', 'a:a2': 'u:ada', 'a:a3': 'u:ada' });
  });

  test('a free name becomes a user’s, and stays hers', () => {
    const claim = alias(user('eve'), 'free');
    const links = [alias(user('ada'), 'free'), claim, identify('free', 'phone')];
    expect(take(...links)).toEqual({
      names: { 'a:free': 'u:ada', 'u:free': 'u:ada', 'a:phone': 'u:ada' },
      refused: [claim.eventId],
    });
  });

  test('a name that somebody goes by is not given away, as whole as it is asked for', () => {
    const claim = alias(user('eve'), 'ada', true);
    expect(take(claim)).toEqual({ names: {}, refused: [claim.eventId] });
  });

  test('links in a circle end', () => {
    const links = [
      alias(user('a'), 'b'),
      alias(user('b'), 'c'),
      alias(user('c'), 'a'),
      alias(user('a'), 'a'),
    ];
    expect(take(...links).names).toEqual({
      'u:b': 'u:a',
      'u:c': 'u:a',
      'a:a': 'u:a',
      'a:b': 'u:a',
      'a:c': 'u:a',
    });
  });
});

function drawLink(random: Random): Link {
  const old = `n${random.below(9)}`;
  if (random.chance(0.6)) return identify(`n${random.below(5)}`, old);
  const person = random.chance(0.7) ? user(`n${random.below(5)}`) : anonymous(`n${random.below(9)}`);
  return alias(person, old, random.chance(0.3));
}

test(`300 lists of links: cut anywhere, and taken again from anywhere, they say the same (seed ${ORACLE_SEED})`, () => {
  const random = createRandom(ORACLE_SEED);
  for (let round = 0; round < 300; round++) {
    const links = Array.from({ length: 1 + random.below(30) }, () => drawLink(random));
    const whole = resolveLinks(NOBODY, links);
    const expected = nameAll(remember(NOBODY, whole));
    const cut = random.below(links.length + 1);
    const first = resolveLinks(NOBODY, links.slice(0, cut));
    const middle = remember(NOBODY, first);
    const second = resolveLinks(middle, links.slice(cut));
    const end = remember(middle, second);
    expect(nameAll(end)).toEqual(expected);
    expect([...first.refused, ...second.refused].map(({ link }) => link.eventId)).toEqual(
      whole.refused.map(({ link }) => link.eventId),
    );
    const again = resolveLinks(end, links.slice(random.below(links.length)));
    expect(nameAll(remember(end, again)), JSON.stringify(links)).toEqual(expected);
    // Of users that somebody is known by, no two are one person.
    for (const { owner, claimant } of whole.refused) expect(owner.key).not.toBe(claimant.key);
    for (const root of Object.values(expected)) expect(expected[root]).toBeUndefined();
  }
});
