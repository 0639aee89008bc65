/** Who is in a roll-out. */
import { expect, test } from 'vitest';
import { isOn, placeInRollout } from '../../../src/flags/flag.js';

const FLAG = 'analytics.custom_events';
const keys = Array.from({ length: 2_000 }, (_, n) => `key_${n}`);
const share = (rolloutPercent: number): string[] =>
  keys.filter((key) => isOn({ enabled: true, rolloutPercent }, FLAG, 'shop', key));

test('raising the percentage only adds keys, and the share is about the percentage', () => {
  const quarter = share(25);
  const half = new Set(share(50));
  expect(quarter.every((key) => half.has(key))).toBe(true);
  expect(quarter.length / keys.length).toBeCloseTo(0.25, 1);
  expect(half.size / keys.length).toBeCloseTo(0.5, 1);
});

test('0 percent is nobody, 100 percent everybody, and off is off', () => {
  expect(share(0)).toEqual([]);
  expect(share(100)).toEqual(keys);
  expect(isOn({ enabled: false, rolloutPercent: 100 }, FLAG, 'shop', 'key_1')).toBe(false);
});

test('a key has the same place every time, and another one for another flag or project', () => {
  const places = (flag: typeof FLAG | 'analytics.custom_metrics', project: string): number[] =>
    keys.slice(0, 50).map((key) => placeInRollout(flag, project, key));
  expect(places(FLAG, 'shop')).toEqual(places(FLAG, 'shop'));
  expect(places(FLAG, 'shop')).not.toEqual(places('analytics.custom_metrics', 'shop'));
  expect(places(FLAG, 'shop')).not.toEqual(places(FLAG, 'other'));
});
