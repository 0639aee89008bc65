/**
 * Properties read from the dimensions of a rollup, which hold their JSON: the same tests come out as over the event itself. What
 * JSON texts do not tell (plan/rollup.ts, `findUntold`) is not asked here.
 */
import { findDimension, type RollupPlan } from '../plan/rollup.js';
import type { Property } from '../plan/types.js';
import { dimensionName } from './facts.js';
import { type Sql, sql } from './sql.js';
import type { Reader } from './storage.js';

/** Reads the dimensions of a rollup in place of the properties they hold. */
export function readHeld(rollup: RollupPlan): Reader {
  const json = (property: Property): Sql => dimensionName(findDimension(rollup, property));
  const refuse = (): never => {
    throw new Error('a rollup was asked for what its dimensions do not tell');
  };
  return {
    typed(property, type) {
      const held = json(property);
      // Only numbers have a text that reads as one: that of a string begins with a quotation mark.
      if (type === 'number') return sql`toFloat64OrNull(${held})`;
      return type === 'text'
        ? sql`if(startsWith(${held}, '"'), JSONExtractString(${held}), null)`
        : sql`multiIf(${held} = 'true', true, ${held} = 'false', false, null)`;
    },
    isSet: (property) => sql`isNotNull(${json(property)})`,
    listHas: refuse,
  };
}
