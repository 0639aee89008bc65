import { describe, expect, it } from 'vitest';
import { findCampaign, findRelease } from '../../../src/demo/calendar.js';
import type { ShopEvent } from '../../../src/demo/event.js';
import { createShop, makeDay, makeNow } from '../../../src/demo/shop.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONDAY = Date.UTC(2026, 10, 16);
const OPENING = MONDAY - 118 * DAY_MS;
const shop = createShop(OPENING);
const dayAfterOpening = (day: number): ShopEvent[] => shop.makeDay(OPENING + day * DAY_MS);
const count = (events: readonly ShopEvent[], name: string): number =>
  events.filter(({ event }) => event === name).length;

describe('the made-up shop', () => {
  it('tells the same story every time, with every id once', () => {
    const day = dayAfterOpening(30);
    expect(createShop(OPENING + 5 * HOUR_MS).makeDay(OPENING + 30 * DAY_MS)).toEqual(day);
    const ids = [...day, ...dayAfterOpening(31), ...shop.makeMistakes(OPENING)].map(
      ({ event_id }) => event_id,
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('keeps to the day, goes forward in time, and fewer people take each step', () => {
    const day = makeDay(MONDAY);
    expect(day.every((event, i) => i === 0 || day[i - 1]!.timestamp <= event.timestamp)).toBe(true);
    expect(new Set(day.map(({ timestamp }) => timestamp.slice(0, 'yyyy-mm-dd'.length)))).toEqual(
      new Set(['2026-11-16']),
    );
    const steps = ['page_viewed', 'product_viewed', 'cart_added', 'checkout_started', 'checkout_completed'];
    const counts = steps.map((name) => count(day, name));
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(counts.at(-1)).toBeGreaterThan(0);
  });

  it('is busier by day than by night, at the weekend, in a campaign, and as it becomes known', () => {
    const hours = dayAfterOpening(90).map(({ timestamp }) => new Date(timestamp).getUTCHours());
    const between = (from: number, to: number) => hours.filter((hour) => hour >= from && hour < to).length;
    expect(between(12, 18)).toBeGreaterThan(3 * between(0, 6));
    // Day 0 is a Tuesday: no visitor has come back yet.
    expect(new Date(OPENING).getUTCDay()).toBe(2);
    expect(dayAfterOpening(88 + 1).length).toBeGreaterThan(dayAfterOpening(88 - 3).length);
    expect([findCampaign(97), findCampaign(98)]).toEqual([undefined, 'big-sale']);
    expect(dayAfterOpening(99).length).toBeGreaterThan(1.15 * dayAfterOpening(92).length);
    expect(dayAfterOpening(112).length).toBeGreaterThan(3 * dayAfterOpening(7).length);
  });

  it('sells next to nothing between the release that breaks the checkout and its fix', () => {
    const share = (day: number): number => {
      const events = dayAfterOpening(day);
      return count(events, 'checkout_completed') / count(events, 'checkout_started');
    };
    const at = (hour: number) => findRelease(110 * DAY_MS + hour * HOUR_MS);
    expect([at(5), at(6), at(25), at(27)]).toEqual([
      { name: '4.7.0', breaksCheckout: false },
      { name: '4.7.1', breaksCheckout: true },
      { name: '4.7.1', breaksCheckout: true },
      { name: '4.7.2', breaksCheckout: false },
    ]);
    expect(share(110)).toBeLessThan(share(109) / 2);
    expect(share(112)).toBeGreaterThan(share(110) * 2);
  });

  it('has an experiment in which the variant completes more checkouts', () => {
    const outcomes = { control: { seen: 0, completed: 0 }, express: { seen: 0, completed: 0 } };
    for (let day = 77; day < 107; day += 1) {
      const events = dayAfterOpening(day);
      const completed = new Set(
        events.flatMap(({ event, properties }) =>
          event === 'checkout_completed' ? [properties.checkout_id] : [],
        ),
      );
      events.forEach(({ event, properties }, i) => {
        if (event !== 'experiment_viewed') return;
        const outcome = outcomes[properties.variant as keyof typeof outcomes];
        outcome.seen += 1;
        const id = events[i]!.event_id.replace(/-\d+$/, '').replace('demo', 'c-demo');
        if (completed.has(id)) outcome.completed += 1;
      });
    }
    const rate = ({ seen, completed }: { seen: number; completed: number }) => completed / seen;
    expect(outcomes.control.seen).toBeGreaterThan(500);
    expect(rate(outcomes.express)).toBeGreaterThan(1.05 * rate(outcomes.control));
  });

  it('knows a visitor by her browser until she signs up, and by both from then on', () => {
    const events = Array.from({ length: 20 }, (_, i) => dayAfterOpening(100 + i)).flat();
    const links = events.filter(({ event }) => event === '$identify');
    expect(links.length).toBeGreaterThan(100);
    expect(links.every(({ user_id, anonymous_id }) => user_id && anonymous_id)).toBe(true);
    const { anonymous_id, timestamp } = links.at(-1)!;
    for (const event of events.filter((one) => one.anonymous_id === anonymous_id))
      expect(event.user_id !== undefined).toBe(event.timestamp >= timestamp);
    expect(links.every(({ properties }) => (properties.$set as { plan: string }).plan === 'free')).toBe(true);
  });

  it('has members who try, pay and leave, each in this order', () => {
    const stages = ['signed_up', 'trial_started', 'plan_upgraded', 'subscription_cancelled'];
    const people = new Map<string, string[]>();
    for (let day = 0; day < 119; day += 1)
      for (const { event, user_id } of dayAfterOpening(day))
        if (stages.includes(event)) people.set(user_id!, [...(people.get(user_id!) ?? []), event]);
    const reached = stages.map((stage) => [...people.values()].filter((one) => one.includes(stage)).length);
    expect(reached).toEqual([...reached].sort((a, b) => b - a));
    expect(reached.at(-1)).toBeGreaterThan(50);
    for (const events of people.values()) {
      const places = events.map((event) => stages.indexOf(event));
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }
  });

  it('goes on in every minute, each second the same whenever it is asked', () => {
    const seconds = Array.from({ length: 60 }, (_, second) => MONDAY + second * 1_000);
    const events = seconds.flatMap((second) => makeNow(second));
    expect(events.length).toBeGreaterThan(10);
    expect(events.every(({ timestamp }) => timestamp.startsWith('2026-11-16T00:00:'))).toBe(true);
    const again = createShop(Date.UTC(2025, 0, 1), 0.4);
    expect(seconds.flatMap((second) => again.makeNow(second))).toEqual(events);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(events.length);
  });
});
