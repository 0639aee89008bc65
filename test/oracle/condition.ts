/** Conditions judged on one event in memory, straight from docs: what `where` means, without the engine. */

export interface OracleEvent {
  readonly user: string;
  readonly session?: string;
  readonly event: string;
  readonly t: number;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
}

/** A `where` as a request writes it. */
export type Where =
  | { property: string; op: string; value?: unknown }
  | { and: Where[] }
  | { or: Where[] }
  | { not: Where }
  | Where[];

/** The value of a property, undefined when it is absent. */
export function readProperty(event: OracleEvent, name: string): unknown {
  const parts = name.split('.');
  if (parts[0] === 'event' && parts.length > 1) {
    if (name === 'event.event' || name === 'event.name') return event.event;
    if (name === 'event.user_id') return event.user;
    if (name === 'event.session_id') return event.session || undefined;
    if (name === 'event.timestamp') return event.t;
    throw new Error(`the oracle knows no ${name}`);
  }
  const inContext = parts[0] === 'context' && parts.length > 1;
  let value: unknown = inContext ? event.context : event.properties;
  for (const part of inContext ? parts.slice(1) : parts)
    value =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  return value === null ? undefined : value;
}

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

function compare(value: unknown, other: unknown): number | undefined {
  if (typeof value === 'number' && typeof other === 'number') return Math.sign(value - other);
  if (typeof value === 'string' && typeof other === 'string')
    return Buffer.compare(bytes(value), bytes(other));
  return undefined;
}

export function holds(where: Where | undefined, event: OracleEvent): boolean {
  if (where === undefined) return true;
  if (Array.isArray(where)) return where.every((part) => holds(part, event));
  if ('and' in where) return where.and.every((part) => holds(part, event));
  if ('or' in where) return where.or.some((part) => holds(part, event));
  if ('not' in where) return !holds(where.not, event);
  const value = readProperty(event, where.property);
  const given = where.value;
  switch (where.op) {
    case 'eq':
      return typeof value !== 'object' && value === given;
    case 'ne':
      return value !== given;
    case 'gt':
      return (compare(value, given) ?? 0) > 0;
    case 'gte':
      return (compare(value, given) ?? -1) >= 0;
    case 'lt':
      return (compare(value, given) ?? 0) < 0;
    case 'lte':
      return (compare(value, given) ?? 1) <= 0;
    case 'in':
      return (given as unknown[]).some((one) => one === value);
    case 'not_in':
      return !(given as unknown[]).some((one) => one === value);
    case 'contains':
      return contains(value, given);
    case 'not_contains':
      return !contains(value, given);
    case 'starts_with':
      return typeof value === 'string' && value.startsWith(given as string);
    case 'ends_with':
      return typeof value === 'string' && value.endsWith(given as string);
    case 'matches':
      return typeof value === 'string' && new RegExp(given as string, 'u').test(value);
    case 'is_set':
      return isSet(value);
    case 'is_not_set':
      return !isSet(value);
    default:
      throw new Error(`the oracle knows no ${where.op}`);
  }
}

function contains(value: unknown, given: unknown): boolean {
  if (typeof value === 'string') return typeof given === 'string' && value.includes(given);
  return Array.isArray(value) && value.includes(given);
}

function isSet(value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'object' || Array.isArray(value)) return true;
  return Object.values(value as object).some((inner) => inner !== null && isSet(inner));
}
