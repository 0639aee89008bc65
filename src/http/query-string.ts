/** Parameters of a URL, read or refused with the name of what is wrong. */
import { RequestError } from '../errors.js';
import { parseInstant } from '../query/time/instant.js';
import { findZone } from '../query/time/zone.js';
import type { AppContext } from './env.js';

export const refuseParameter = (name: string, message: string): RequestError =>
  new RequestError(422, 'invalid_request', message, [{ path: name, code: 'invalid_value', message }]);

/** A time in epoch ms, or undefined when it is not given. Dates are midnight UTC. Throws RequestError 422. */
export function readTime(c: AppContext, name: string): number | undefined {
  const text = c.req.query(name);
  if (text === undefined || text === '') return undefined;
  const ms = parseInstant(text, findZone('UTC')!);
  if (ms !== undefined) return ms;
  throw refuseParameter(name, `${name} is a date (2024-03-01) or an ISO time (2024-03-01T09:00:00Z).`);
}

/** A text of bounded length, or undefined. Throws RequestError 422. */
export function readText(c: AppContext, name: string, lengthMax: number): string | undefined {
  const text = c.req.query(name);
  if (text === undefined || text === '') return undefined;
  if (text.length <= lengthMax) return text;
  throw refuseParameter(name, `${name} has at most ${lengthMax} characters.`);
}

/** A whole number from 1 to `max`, or undefined. Throws RequestError 422. */
export function readCount(c: AppContext, name: string, max: number): number | undefined {
  const text = c.req.query(name);
  if (text === undefined || text === '') return undefined;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= max) return count;
  throw refuseParameter(name, `${name} is a whole number from 1 to ${max}.`);
}

/** A number, or undefined; what it may be is for the question to say. Throws RequestError 422. */
export function readNumber(c: AppContext, name: string): number | undefined {
  const text = c.req.query(name);
  if (text === undefined || text === '') return undefined;
  if (/^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  throw refuseParameter(name, `${name} is a number.`);
}

/**
 * `breakdown` of a URL: properties parted by commas, `{"cohort": id}` or a whole list as JSON; given several times, one after the other.
 * Undefined when it is not given. Throws RequestError 422.
 */
export function readBreakdown(c: AppContext): unknown[] | undefined {
  const texts = (c.req.queries('breakdown') ?? []).filter((text) => text !== '');
  if (texts.length === 0) return undefined;
  return texts.flatMap((text, index) => {
    if (!/^\s*[[{]/.test(text)) return text.split(',');
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw refuseParameter(
        `breakdown[${index}]`,
        'breakdown is one or more properties, parted by commas; {"cohort": id} and lists are JSON.',
      );
    }
  });
}
