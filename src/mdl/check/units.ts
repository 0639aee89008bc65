/**
 * Units of series. A plain number (a count, a ratio) has no powers; euros for each second are EUR¹ seconds⁻¹. A literal
 * takes the unit it is used with, and an unknown unit agrees with everything: units only object where both are known.
 */
export type Unit =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'literal' }
  | { readonly kind: 'known'; readonly powers: Readonly<Record<string, number>> };

export const UNKNOWN_UNIT: Unit = { kind: 'unknown' };
export const LITERAL_UNIT: Unit = { kind: 'literal' };
export const PLAIN_UNIT: Unit = { kind: 'known', powers: {} };

/** The unit a metric declares or a property is registered with. A count is a plain number. */
export const declareUnit = (name: string): Unit =>
  name === 'count' ? PLAIN_UNIT : { kind: 'known', powers: { [name]: 1 } };

const isSame = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean =>
  Object.keys({ ...a, ...b }).every((name) => (a[name] ?? 0) === (b[name] ?? 0));

/** The unit of a sum of the two; undefined when they cannot be added. */
export function addUnits(a: Unit, b: Unit): Unit | undefined {
  if (a.kind === 'literal' || b.kind === 'unknown') return b.kind === 'unknown' && a.kind === 'known' ? a : b;
  if (b.kind === 'literal' || a.kind === 'unknown') return a.kind === 'unknown' ? b : a;
  return isSame(a.powers, b.powers) ? a : undefined;
}

/** The unit of a product, or with `sign` -1 of a quotient. */
export function multiplyUnits(a: Unit, b: Unit, sign: 1 | -1): Unit {
  if (a.kind === 'unknown' || b.kind === 'unknown') return UNKNOWN_UNIT;
  if (a.kind === 'literal' && b.kind === 'literal') return LITERAL_UNIT;
  const powers: Record<string, number> = {};
  // A percentage of euros is euros: percent counts only where it stands alone.
  const add = (unit: Unit, factor: number, alone: boolean): void => {
    if (unit.kind !== 'known') return;
    for (const [name, power] of Object.entries(unit.powers))
      if (alone || name !== 'percent') powers[name] = (powers[name] ?? 0) + power * factor;
  };
  add(a, 1, b.kind === 'literal');
  add(b, sign, a.kind === 'literal' && sign === 1);
  return {
    kind: 'known',
    powers: Object.fromEntries(Object.entries(powers).filter(([, power]) => power !== 0)),
  };
}

/** The unit as people say it: "EUR", "EUR per second", "a plain number". */
export function formatUnit(unit: Unit): string {
  if (unit.kind !== 'known') return 'unknown';
  const entries = Object.entries(unit.powers);
  const say = ([name, power]: [string, number]): string =>
    Math.abs(power) === 1 ? name : `${name}^${Math.abs(power)}`;
  const above = entries.filter(([, power]) => power > 0).map(say);
  const below = entries
    .filter(([, power]) => power < 0)
    .map(([name, power]) => say([name === 'seconds' ? 'second' : name, power]));
  if (entries.length === 0) return 'a plain number';
  return (above.join(' ') || 'a number') + (below.length > 0 ? ` per ${below.join(' ')}` : '');
}

/** The one base unit this is, to the first power; undefined for anything else. */
export function findBase(unit: Unit): string | undefined {
  if (unit.kind !== 'known') return undefined;
  const [first, ...rest] = Object.entries(unit.powers);
  return first && rest.length === 0 && first[1] === 1 ? first[0] : undefined;
}
