/** The membership: a trial, an upgrade or not, the features used meanwhile, and for some the end of it. */
import { drawInstant } from './calendar.js';
import { DAY_MS, dayOf, type ShopEvent } from './event.js';
import type { Person } from './person.js';
import { drawWait, pick, pickWeighted, type Random } from './random.js';

const TRIAL_DAYS = 14;
const PRICES = { plus: 9, pro: 29 } as const;
const FEATURES = [
  ['order_tracking', 30],
  ['wish_list', 25],
  ['size_advisor', 15],
  ['free_returns', 12],
  ['price_alert', 10],
  ['gift_notes', 8],
] as const;
const REASONS = ['price', 'price', 'unused', 'unused', 'missing_feature', 'competitor'] as const;
/** Before somebody leaves she uses less. */
const FADING_DAYS = 12;
const PAGE_BEFORE_MS = 20_000;
/** Of uses of a feature, those that another one follows. */
const AGAIN_SHARE = 0.4;
const USE_MS = 240_000;

export interface Subscription {
  readonly events: readonly ShopEvent[];
  /** Her plan from each of these instants on, in their order. */
  readonly plans: readonly (readonly [fromMs: number, plan: string])[];
}

interface Course {
  readonly trialMs: number;
  readonly upgradeMs: number | undefined;
  readonly proMs: number | undefined;
  readonly endMs: number;
  readonly isCancelled: boolean;
}

function drawCourse({ loyalty }: Person, random: Random, signedUpMs: number): Course {
  const trialMs = signedUpMs + 60_000 + random() * 3 * DAY_MS;
  const trialEndMs = trialMs + TRIAL_DAYS * DAY_MS;
  if (random() > 0.35 + 0.5 * loyalty)
    return { trialMs, upgradeMs: undefined, proMs: undefined, endMs: trialEndMs, isCancelled: false };
  const upgradeMs = trialEndMs - random() * 4 * DAY_MS;
  const endMs = upgradeMs + 6 * DAY_MS + drawWait(random, (20 + 160 * loyalty) * DAY_MS);
  const proMs = upgradeMs + (10 + random() * 30) * DAY_MS;
  const wantsPro = random() < 0.15 + 0.25 * loyalty;
  return {
    trialMs,
    upgradeMs,
    proMs: wantsPro && proMs < endMs ? proMs : undefined,
    endMs,
    isCancelled: true,
  };
}

/** Uses of features from the trial on, fewer towards the end. */
function listUses(
  { loyalty }: Person,
  random: Random,
  { trialMs, endMs }: Course,
  untilMs: number,
): number[] {
  const uses: number[] = [];
  const meanDays = 7 - 4.5 * loyalty;
  for (let ms = trialMs; ms < Math.min(endMs, untilMs); ms += drawWait(random, meanDays) * DAY_MS) {
    const isFading = endMs - ms < FADING_DAYS * DAY_MS;
    if (!isFading || random() < 0.45) uses.push(drawInstant(random, dayOf(ms) * DAY_MS));
  }
  return uses.filter((ms) => ms > trialMs && ms < endMs);
}

/** The membership of somebody who signed up, until an instant. */
export function makeSubscription(
  person: Person,
  random: Random,
  { signedUpMs, untilMs, number }: { signedUpMs: number; untilMs: number; number: string },
): Subscription {
  const course = drawCourse(person, random, signedUpMs);
  const { trialMs, upgradeMs, proMs, endMs, isCancelled } = course;
  const plans: [number, string][] = [[trialMs, 'trial']];
  const events: ShopEvent[] = [];
  const planAt = (ms: number): string => plans.findLast(([from]) => from <= ms)?.[1] ?? 'free';
  const write = (event: string, ms: number, properties: Record<string, unknown>): void => {
    events.push({
      event,
      event_id: `${number}-s${events.length}`,
      user_id: person.id,
      timestamp: new Date(Math.floor(ms)).toISOString(),
      properties: { source: person.source, device: person.device, ...properties },
    });
  };
  /** Whatever a member does begins with a page. */
  const add = (event: string, ms: number, properties: Record<string, unknown>): void => {
    if (ms >= untilMs) return;
    const plan = planAt(ms - PAGE_BEFORE_MS);
    write('page_viewed', ms - PAGE_BEFORE_MS, { path: '/membership', plan });
    write(event, ms, properties);
  };
  add('trial_started', trialMs, { plan: 'plus', days: TRIAL_DAYS, $set: { plan: 'trial' } });
  const upgrade = (ms: number, from: string, plan: keyof typeof PRICES): void => {
    plans.push([ms, plan]);
    add('plan_upgraded', ms, {
      from,
      plan,
      interval: 'month',
      amount: PRICES[plan],
      currency: 'EUR',
      $set: { plan },
    });
  };
  if (upgradeMs !== undefined) upgrade(upgradeMs, 'trial', 'plus');
  if (proMs !== undefined) upgrade(proMs, 'plus', 'pro');
  const use = () => ({ feature: pickWeighted(random, FEATURES), seconds: Math.round(5 + random() * 240) });
  for (const ms of listUses(person, random, course, untilMs)) {
    add('feature_used', ms, { ...use(), plan: planAt(ms) });
    if (random() < AGAIN_SHARE) write('feature_used', ms + USE_MS, { ...use(), plan: planAt(ms) });
  }
  if (!isCancelled && endMs < untilMs)
    write('trial_ended', endMs, { plan: 'plus', converted: false, $set: { plan: 'free' } });
  if (isCancelled) {
    const plan = planAt(endMs);
    add('subscription_cancelled', endMs, {
      subscription_id: `s-${number}`,
      plan,
      reason: pick(random, REASONS),
      $set: { plan: 'free' },
    });
  }
  plans.push([endMs, 'free']);
  return { events, plans };
}
