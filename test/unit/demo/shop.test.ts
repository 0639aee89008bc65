import { describe, expect, it } from 'vitest';
import { makeDay, makeNow } from '../../../src/demo/shop.js';

const DAY_MS = 86_400_000;
const MONDAY = Date.UTC(2026, 10, 16);

describe('the made-up shop', () => {
  it('tells the same story every time, with every id once', () => {
    const day = makeDay(MONDAY);
    expect(makeDay(MONDAY)).toEqual(day);
    const ids = [...day, ...makeDay(MONDAY + DAY_MS)].map((event) => event.event_id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('goes forward in time, and fewer people take each step', () => {
    const day = makeDay(MONDAY);
    expect(day.every((event, i) => i === 0 || day[i - 1]!.timestamp <= event.timestamp)).toBe(true);
    const counts = [
      'page_viewed',
      'product_viewed',
      'cart_added',
      'checkout_started',
      'checkout_completed',
    ].map((name) => day.filter((event) => event.event === name).length);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(counts.at(-1)).toBeGreaterThan(0);
  });

  it('sells next to nothing on the day of a broken release', () => {
    const share = (dayMs: number): number => {
      const day = makeDay(dayMs);
      const count = (name: string): number => day.filter((event) => event.event === name).length;
      return count('checkout_completed') / count('checkout_started');
    };
    const broken = Math.ceil(MONDAY / DAY_MS / 20) * 20 * DAY_MS;
    expect(share(broken)).toBeLessThan(share(broken - DAY_MS) / 2);
  });

  it('has something going on at any moment', () => {
    expect(makeNow(MONDAY).length).toBeGreaterThan(0);
    expect(makeNow(MONDAY).every((event) => event.timestamp === new Date(MONDAY).toISOString())).toBe(true);
  });
});
