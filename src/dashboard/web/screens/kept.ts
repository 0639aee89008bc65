/** What a question says that the form of its screen has no field for: it is kept as it was asked, shown, and can be left out. */
import type { Fields } from './event-match.js';

const isSaid = ([, value]: [string, unknown]): boolean => value !== undefined;

/** Nothing when there is nothing to keep, so that an address stays short. */
export const keep = (fields: Fields): { kept?: Fields } => {
  const said = Object.entries(fields).filter(isSaid);
  return said.length === 0 ? {} : { kept: Object.fromEntries(said) };
};

/** What is kept without one field: the form says it now. */
export const leaveOut = (kept: Fields | undefined, field: string): { kept?: Fields } =>
  keep({ ...kept, [field]: undefined });

/** Fields with something in them: what a question does not say is left to the form. */
export const onlySaid = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(isSaid)) as Partial<T>;

/** Properties to split by, when they are nothing but names; cohorts among them are kept. */
export const readBreakdown = (breakdown: unknown): { breakdown?: string[]; rest?: unknown } =>
  breakdown === undefined
    ? {}
    : Array.isArray(breakdown) && breakdown.every((one) => typeof one === 'string')
      ? { breakdown }
      : { rest: breakdown };

/** Values that a breakdown shows when its question does not say how many. */
const BREAKDOWN_LIMIT = 25;

/** How many values are shown of what is split, unless that is what the form asks for. */
export const readLimit = (
  breakdown: unknown,
  limit: unknown,
  ofForm: number,
): { breakdown_limit?: unknown } => {
  const asked = limit ?? (breakdown === undefined ? undefined : BREAKDOWN_LIMIT);
  return asked === ofForm ? {} : { breakdown_limit: asked };
};

/** Whether a question compares with the period before, in any of the ways that can be said. */
export const readCompare = (compare: unknown): boolean => compare !== undefined && compare !== false;
