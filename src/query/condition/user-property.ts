/** SQL of a property of the event's person. */
import { type Printed, print } from '../printed.js';
import { printUserValue } from '../user-properties.js';
import type { Scalar } from './condition.js';
import type { UserProperty } from './property.js';

const printValue = ({ moment, segments: [name, ...path] }: UserProperty): Printed =>
  printUserValue(moment, name!, path);

/** The value as its type's Nullable, null when it is absent or of another type. */
export function printUserTyped(property: UserProperty, type: 'string' | 'number' | 'boolean'): Printed {
  const value = printValue(property);
  switch (type) {
    case 'string':
      return print`if(JSONType(${value}) = 'String', JSONExtractString(${value}), null)`;
    case 'number':
      return print`if(JSONType(${value}) in ('Int64', 'UInt64', 'Double'), JSONExtractFloat(${value}), null)`;
    case 'boolean':
      return print`if(JSONType(${value}) = 'Bool', JSONExtractBool(${value}), null)`;
  }
}

/** As JSON text, 'null' when it is absent or an object, which is no value. */
export function printUserJson(property: UserProperty): Printed {
  const value = printValue(property);
  return print`if(${value} = '' or JSONType(${value}) = 'Object', 'null', ${value})`;
}

export function printUserIsSet(property: UserProperty): Printed {
  const value = printValue(property);
  return print`${value} not in ('', 'null', '{}')`;
}

/** Whether it is a list with an element equal to a bound value. */
export function printUserListHas(property: UserProperty, value: Scalar, bound: Printed): Printed {
  const elements = print`JSONExtractArrayRaw(${printValue(property)})`;
  switch (typeof value) {
    case 'string':
      return print`arrayExists(e -> JSONType(e) = 'String' and JSONExtractString(e) = ${bound}, ${elements})`;
    case 'number':
      return print`arrayExists(e -> JSONType(e) in ('Int64', 'UInt64', 'Double') and JSONExtractFloat(e) = ${bound}, ${elements})`;
    default:
      return print`arrayExists(e -> JSONType(e) = 'Bool' and JSONExtractBool(e) = ${bound}, ${elements})`;
  }
}
