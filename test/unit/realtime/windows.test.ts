import { describe, expect, it } from 'vitest';
import { AHEAD_SECONDS, PERSONS_MAX, RING_SECONDS } from '../../../src/realtime/limits.js';
import { PersonWindows, personKey } from '../../../src/realtime/person-windows.js';
import { SecondRing } from '../../../src/realtime/second-ring.js';
import { createRandom, ORACLE_SEED } from '../../oracle/random.js';

const START = 1_800_000_000;

describe('counters by second', () => {
  it('equal a list of all events, in any order, as time goes on', () => {
    const random = createRandom(ORACLE_SEED);
    const ring = new SecondRing();
    const persons = new PersonWindows();
    const events: { second: number; person: number }[] = [];
    let now = START;
    for (let i = 0; i < 3_000; i++) {
      now += random.below(5);
      const second =
        now - random.below(random.chance(0.1) ? 2 * RING_SECONDS : 60) + (random.chance(0.05) ? 30 : 0);
      const person = personKey(random.below(40), random.below(2));
      ring.add(second, 1, now);
      persons.add(person, second, now);
      if (second > now - RING_SECONDS) events.push({ second, person });
      if (i % 50 !== 0) continue;
      for (const length of [60, 300, RING_SECONDS]) {
        const inside = events.filter((event) => event.second > now - length);
        expect(ring.sum(length, now)).toBe(inside.filter((event) => event.second <= now).length);
        expect(persons.count(length, now)).toBe(new Set(inside.map((event) => event.person)).size);
      }
    }
  });

  it('leave out what lies before the hour or far ahead', () => {
    const ring = new SecondRing();
    ring.add(START - RING_SECONDS, 1, START);
    ring.add(START + AHEAD_SECONDS + 1, 1, START);
    expect(ring.sum(RING_SECONDS, START + AHEAD_SECONDS + 1)).toBe(0);
    ring.add(START - RING_SECONDS + 1, 1, START);
    ring.add(START + AHEAD_SECONDS, 1, START);
    expect(ring.sum(RING_SECONDS, START)).toBe(1);
    expect(ring.read(START + AHEAD_SECONDS)).toBe(1);
  });
});

describe('very many persons', () => {
  it('are counted by a share of them, within a percent, the same whatever their order', () => {
    const random = createRandom(ORACLE_SEED);
    const count = PERSONS_MAX * 3;
    const all = Array.from({ length: count }, () => personKey(random.below(2 ** 32), random.below(2 ** 32)));
    const [forwards, backwards] = [new PersonWindows(), new PersonWindows()];
    for (const person of all) forwards.add(person, START, START);
    for (const person of all.reverse()) backwards.add(person, START, START);
    expect(forwards.isExact).toBe(false);
    expect(Math.abs(forwards.count(60, START) / count - 1)).toBeLessThan(0.01);
    expect(backwards.count(60, START)).toBe(forwards.count(60, START));
  });
});
