/** Would the new version of an event type refuse events that the old one took? */
import type { JsonValue } from '../../event/json.js';
import type { EventTypeDefinition } from '../event-type.js';
import { writeCanonicalJson } from '../schema/canonical-json.js';
import { inspectSchema } from '../schema/inspect.js';
import type { ValidatorDefinition } from '../validator.js';
import { compareDocuments, REASONS_MAX } from './compare.js';
import type { Reason } from './reason.js';

export type { Reason, ReasonCode } from './reason.js';

type Judged = Pick<EventTypeDefinition, 'schema' | 'validators' | 'mode'>;

/**
 * The reasons why the new version may refuse an event that the old one took; none when it is certain that it does not.
 * Both must be valid definitions. Only `quarantine` and `reject` refuse anything.
 */
export function findBreakingChanges(old: Judged, fresh: Judged): Reason[] {
  if (takesAll(fresh)) return [];
  if (takesAll(old)) return compareMode(fresh);
  const reasons = [...compareSchemas(old.schema, fresh.schema)];
  for (const [i, validator] of (fresh.validators ?? []).entries()) {
    if ((old.validators ?? []).some((before) => implies(before, validator))) continue;
    const message = `the validator "${validator.check}" is new or stricter than before`;
    reasons.push({ path: `validators[${i}]`, code: 'validator_changed', message });
  }
  return reasons.slice(0, REASONS_MAX);
}

const takesAll = ({ mode }: Judged): boolean => mode === 'observe' || mode === 'warn';

/** The old version took everything, whatever its schema said. */
function compareMode(fresh: Judged): Reason[] {
  const [first] = compareSchemas({}, fresh.schema);
  if (first === undefined && (fresh.validators ?? []).length === 0) return [];
  const message = `events that break the rules were stored until now, and "${fresh.mode}" refuses them`;
  return [{ path: 'mode', code: 'mode_tightened', message }];
}

/** Reasons that come from the schemas alone. */
export function compareSchemas(oldSchema: JsonValue, freshSchema: JsonValue): readonly Reason[] {
  const old = inspectSchema(oldSchema);
  const fresh = inspectSchema(freshSchema);
  if ('problems' in old || 'problems' in fresh) {
    const message = 'cannot be shown to be compatible: one of the two is not a valid schema';
    return [{ path: 'properties', code: 'not_comparable', message }];
  }
  return compareDocuments(old.document, fresh.document);
}

/** Whether an event that passed the one validator passes the other. */
function implies(old: ValidatorDefinition, fresh: ValidatorDefinition): boolean {
  if (old.check === 'range' && fresh.check === 'range') {
    const below = fresh.min === undefined || (old.min !== undefined && fresh.min <= old.min);
    const above = fresh.max === undefined || (old.max !== undefined && fresh.max >= old.max);
    return old.property === fresh.property && below && above;
  }
  if (old.check === 'one_of' && fresh.check === 'one_of') {
    return old.property === fresh.property && old.values.every((value) => fresh.values.includes(value));
  }
  if (old.check === 'required_if' && fresh.check === 'required_if') {
    const triggers = old.when.one_of;
    const covered =
      triggers === undefined || fresh.when.one_of?.every((value) => triggers.includes(value)) === true;
    return old.property === fresh.property && old.when.property === fresh.when.property && covered;
  }
  return writeCanonicalJson(toJson(old)) === writeCanonicalJson(toJson(fresh));
}

const toJson = (definition: ValidatorDefinition): JsonValue =>
  JSON.parse(JSON.stringify(definition)) as JsonValue;
