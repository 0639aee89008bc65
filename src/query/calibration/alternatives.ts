/** Cheaper questions than one that was asked: the same with less in it. */
import { GRAINS } from '../time/calendar.js';
import { formatInstant, parseInstant } from '../time/instant.js';
import { findZone } from '../time/zone.js';

export interface Alternative {
  /** What is different, as a person reads it. */
  readonly change: string;
  /** The members of the question that change; null: left out. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Parts of the range that are offered instead, the end of it each. */
const PARTS: readonly (readonly [number, string])[] = [
  [0.5, 'the last half of the range'],
  [0.1, 'the last tenth of the range'],
];
/** A range this short is not cut. */
const RANGE_MIN_MS = 3_600_000;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function listShorter({ from, to, timezone }: Record<string, unknown>): Alternative[] {
  const zone = findZone(typeof timezone === 'string' ? timezone : 'UTC');
  if (!zone || typeof from !== 'string' || typeof to !== 'string') return [];
  const [fromMs, toMs] = [parseInstant(from, zone), parseInstant(to, zone)];
  if (fromMs === undefined || toMs === undefined || toMs - fromMs < RANGE_MIN_MS) return [];
  return PARTS.map(([part, change]) => ({
    change,
    fields: { from: formatInstant(Math.round(toMs - (toMs - fromMs) * part)) },
  }));
}

function listCoarser({ grain }: Record<string, unknown>): Alternative[] {
  const grains: readonly unknown[] = GRAINS;
  const place = grains.indexOf(grain);
  const next = place < 0 ? undefined : GRAINS[place + 1];
  return next === undefined || next === 'all' ? [] : [{ change: `by ${next}`, fields: { grain: next } }];
}

/** Questions that may be cheaper; whether they are has to be estimated. */
export function listAlternatives(question: unknown): Alternative[] {
  if (!isRecord(question)) return [];
  const without = (name: string, change: string): Alternative[] => {
    const value = question[name];
    const isThere = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
    return isThere ? [{ change, fields: { [name]: Array.isArray(value) ? [] : null } }] : [];
  };
  return [
    ...listShorter(question),
    ...without('compare', 'without the period before'),
    ...without('breakdown', 'without breakdown'),
    ...without('dimensions', 'without dimensions'),
    ...listCoarser(question),
  ];
}

/** The question with an alternative's changes. */
export function applyAlternative(question: object, { fields }: Alternative): object {
  const changed = { ...question, ...fields };
  return Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== null));
}
