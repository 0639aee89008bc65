/** What holds of an alert's states, whatever happens to it and whatever its clock does. */
import { expect, it } from 'vitest';
import { advance, createState, type GroupState, type Transition } from '../../../src/alerting/machine.js';
import { createRandom, ORACLE_SEED, type Random } from '../../oracle/random.js';

const PATIENCE = { forMs: 60_000, gapMs: 180_000 };
const RUNS = 300;
const LOOKS = 60;

interface Look {
  readonly atMs: number;
  readonly isMet: boolean;
  readonly isSilenced: boolean;
}

function randomLooks(random: Random): Look[] {
  let atMs = 1_000_000;
  let isMet = false;
  let isSilenced = false;
  return Array.from({ length: LOOKS }, () => {
    // Now and then the clock goes back, or nobody looks for long.
    atMs += random.chance(0.05)
      ? -random.below(500_000)
      : random.chance(0.1)
        ? 400_000
        : random.below(50_000);
    if (random.chance(0.25)) isMet = !isMet;
    if (random.chance(0.15)) isSilenced = !isSilenced;
    return { atMs, isMet, isSilenced };
  });
}

interface Told {
  readonly kind: string;
  readonly incident: string;
}

function run(looks: readonly Look[], patience = PATIENCE) {
  let state: GroupState = createState(looks[0]!.atMs);
  const transitions: Transition[] = [];
  const told: Told[] = [];
  for (const { atMs, isMet, isSilenced } of looks) {
    const advanced = advance(state, { isMet, value: 1 }, patience, { nowMs: atMs, isSilenced });
    state = advanced.state;
    transitions.push(...advanced.transitions);
    if (advanced.message) told.push({ kind: advanced.message, incident: state.incident });
  }
  return { state, transitions, told };
}

it('goes from state to state as drawn, and time never runs backwards', () => {
  const allowed = [
    'ok pending',
    'resolved pending',
    'pending firing',
    'pending ok',
    'pending resolved',
    'firing resolved',
  ];
  const random = createRandom(ORACLE_SEED);
  for (let i = 0; i < RUNS; i++) {
    const { transitions } = run(randomLooks(random));
    for (const [n, { from, to, at }] of transitions.entries()) {
      expect(allowed).toContain(`${from} ${to}`);
      expect(from).toBe(n === 0 ? 'ok' : transitions[n - 1]!.to);
      expect(at).toBeGreaterThanOrEqual(n === 0 ? 0 : transitions[n - 1]!.at);
    }
  }
});

it('fires only after the condition held for as long as the rule says, looked at without a gap', () => {
  const random = createRandom(ORACLE_SEED + 1);
  let fired = 0;
  for (let i = 0; i < RUNS; i++) {
    const looks = randomLooks(random);
    let state = createState(looks[0]!.atMs);
    let metSince: number | undefined;
    let seenAt = looks[0]!.atMs;
    for (const { atMs, isMet, isSilenced } of looks) {
      const at = Math.max(atMs, seenAt);
      if (!isMet) metSince = undefined;
      else if (metSince === undefined || (at - seenAt > PATIENCE.gapMs && state.status !== 'firing'))
        metSince = at;
      seenAt = at;
      const advanced = advance(state, { isMet, value: 1 }, PATIENCE, { nowMs: atMs, isSilenced });
      if (state.status !== 'firing' && advanced.state.status === 'firing') {
        fired++;
        expect(at - metSince!).toBeGreaterThanOrEqual(PATIENCE.forMs);
      }
      // And not later than the first look at which it did.
      if (isMet && at - metSince! >= PATIENCE.forMs) expect(advanced.state.status).toBe('firing');
      state = advanced.state;
    }
  }
  expect(fired).toBeGreaterThan(100);
});

it('tells the beginning of an incident at most once, and its end exactly to those who heard of the beginning', () => {
  const random = createRandom(ORACLE_SEED + 2);
  let ends = 0;
  for (let i = 0; i < RUNS; i++) {
    const { told, state, transitions } = run(randomLooks(random), { forMs: 0, gapMs: 180_000 });
    for (const [n, { kind, incident }] of told.entries()) {
      expect(kind).toBe(n % 2 === 0 ? 'firing' : 'resolved');
      if (kind === 'resolved') expect(incident).toBe(told[n - 1]!.incident);
      if (kind === 'resolved') ends++;
    }
    expect(state.isTold).toBe(told.length % 2 === 1);
    const incidents = transitions.filter(({ to }) => to === 'firing').map(({ incident }) => incident);
    expect(new Set(incidents).size).toBe(incidents.length);
    expect(new Set(told.map(({ kind, incident }) => kind + incident)).size).toBe(told.length);
  }
  expect(ends).toBeGreaterThan(100);
});

it('says nothing of what begins in a silence, and says it when the silence ends before the incident does', () => {
  const look = (minute: number, isMet: boolean, isSilenced: boolean): Look => ({
    atMs: minute * 60_000,
    isMet,
    isSilenced,
  });
  const quiet = run([look(0, true, true), look(1, true, true), look(2, false, true)]);
  expect(quiet.transitions.map(({ to }) => to)).toEqual(['pending', 'firing', 'resolved']);
  expect(quiet.told).toEqual([]);
  const late = run([look(0, true, true), look(1, true, true), look(2, true, false), look(3, false, true)]);
  expect(late.told.map(({ kind }) => kind)).toEqual(['firing', 'resolved']);
});

it('begins anew to wait when nobody looked for long', () => {
  const looks = [0, 30, 1_000, 1_059, 1_061].map((second) => ({
    atMs: second * 1_000,
    isMet: true,
    isSilenced: false,
  }));
  expect(run(looks.slice(0, 4)).state.status).toBe('pending');
  expect(run(looks).state.status).toBe('firing');
});
