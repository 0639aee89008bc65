/** Whether an event is one of those a request names, as an expression of 0 and 1. */
import { printCondition } from './condition/print.js';
import { type Params, type Printed, print } from './printed.js';
import type { EventMatch } from './request.js';

export function printEventMatch({ events, where }: EventMatch, params: Params): Printed {
  const named = print`event in ${params.bind('Array(String)', events)}`;
  return where ? print`(${named} and ${printCondition(where, params)})` : named;
}
