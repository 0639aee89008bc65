/** Parameters of several routes. */
import { inQuery } from './types.js';

/** Of a list. */
export const PAGE = [
  inQuery('limit', 'Default 100, at most 1,000', { type: 'integer' }),
  inQuery('cursor', 'next_cursor of the page before'),
];

export const AS_OF = inQuery('as_of', 'Membership as of this instant; default now');

export const EXPLAIN = inQuery(
  'explain',
  '1: plan, SQL, estimate, limit, expected time and cheaper questions instead of the answer',
);
