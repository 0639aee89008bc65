/** Conditions and property reads as SQL. Every printed condition is 0 or 1, never null, so that `not` is its opposite. */
import { joinPrinted, type Params, type Printed, print, printObjectPath, printPath } from '../printed.js';
import type { Condition, Scalar, Test } from './condition.js';
import { EVENT_COLUMNS, type EventColumn, type Property } from './property.js';
import { printUserIsSet, printUserJson, printUserListHas, printUserTyped } from './user-property.js';

const COLUMN_TEXT: Readonly<Record<EventColumn, Printed>> = {
  event: print`toString(event)`,
  event_id: print`event_id`,
  user_id: print`user_id`,
  anonymous_id: print`anonymous_id`,
  session_id: print`session_id`,
  person: print`person`,
  timestamp: print`toFloat64(toUnixTimestamp64Milli(timestamp))`,
  received_at: print`toFloat64(toUnixTimestamp64Milli(received_at))`,
  sent_at: print`toFloat64(toUnixTimestamp64Milli(sent_at))`,
};

const isTime = (property: Property): boolean =>
  property.kind === 'column' && EVENT_COLUMNS[property.name] === 'time';

/** The property as Nullable(String), null unless it is a string. */
function printText(property: Property): Printed {
  if (property.kind === 'path') return print`${printPath(property.column, property.segments)}.:\`String\``;
  if (property.kind === 'user') return printUserTyped(property, 'string');
  if (property.kind === 'cohort') return print`cast(null as Nullable(String))`;
  return isTime(property)
    ? print`cast(null as Nullable(String))`
    : print`nullIf(${COLUMN_TEXT[property.name]}, '')`;
}

/** The property as Nullable(Float64), null unless it is a number; times are epoch milliseconds. */
export function printNumber(property: Property): Printed {
  if (property.kind === 'path') return print`${printPath(property.column, property.segments)}.:\`Float64\``;
  if (property.kind === 'user') return printUserTyped(property, 'number');
  if (property.kind === 'column' && isTime(property)) return COLUMN_TEXT[property.name];
  return print`cast(null as Nullable(Float64))`;
}

/** Whether the event's person belongs to a cohort, as 0 or 1. */
const printMember = ({ cohort }: Property & { kind: 'cohort' }, params: Params): Printed =>
  print`person_key in (${cohort.printMembers(params)})`;

function printBool(property: Property, params: Params): Printed {
  if (property.kind === 'cohort') return print`cast(${printMember(property, params)} as Nullable(Bool))`;
  if (property.kind === 'user') return printUserTyped(property, 'boolean');
  if (property.kind === 'path') return print`${printPath(property.column, property.segments)}.:\`Bool\``;
  return print`cast(null as Nullable(Bool))`;
}

/** The property's value as JSON text, 'null' when it is absent: what breakdowns and held properties compare. */
export function printJson(property: Property, params: Params): Printed {
  if (property.kind === 'user') return printUserJson(property);
  if (property.kind === 'cohort') return print`if(${printMember(property, params)}, 'true', 'false')`;
  if (property.kind === 'path')
    return print`ifNull(toJSONString(${printPath(property.column, property.segments)}), 'null')`;
  if (isTime(property))
    return print`ifNull(concat('"', replaceOne(toString(cast(${printColumn(property.name)} as Nullable(DateTime64(3, 'UTC')))), ' ', 'T'), 'Z"'), 'null')`;
  return print`ifNull(toJSONString(${printText(property)}), 'null')`;
}

/** Several properties as the JSON text of an array: one key for each combination of their values. */
export function printValueKey(properties: readonly Property[], params: Params): Printed {
  const [first, ...rest] = properties.map((one) => printJson(one, params)) as [Printed, ...Printed[]];
  const joined = rest.reduce((text, one) => print`${text}, ',', ${one}`, first);
  return print`concat('[', ${joined}, ']')`;
}

function printColumn(name: EventColumn): Printed {
  if (name === 'timestamp') return print`timestamp`;
  return name === 'received_at' ? print`received_at` : print`sent_at`;
}

/** A condition as an expression of 0 and 1 over the columns of `events`. */
export function printCondition(condition: Condition, params: Params): Printed {
  switch (condition.kind) {
    case 'and':
      if (condition.parts.length === 0) return print`1`;
      return print`(${joinPrinted(
        condition.parts.map((part) => printCondition(part, params)),
        ' and ',
      )})`;
    case 'or':
      if (condition.parts.length === 0) return print`0`;
      return print`(${joinPrinted(
        condition.parts.map((part) => printCondition(part, params)),
        ' or ',
      )})`;
    case 'not':
      return print`not (${printCondition(condition.part, params)})`;
    default:
      return printTest(condition, params);
  }
}

const COMPARE = { eq: print`=`, gt: print`>`, gte: print`>=`, lt: print`<`, lte: print`<=` } as const;

function printTest(test: Test, params: Params): Printed {
  const { property } = test;
  switch (test.kind) {
    case 'compare':
      return print`ifNull(${printTyped(property, test.value, params)} ${COMPARE[test.op]} ${bindScalar(test.value, params)}, 0)`;
    case 'in':
      return printIn(property, test.values, params);
    case 'contains':
      return printContains(property, test.value, params);
    case 'text': {
      const text = printText(property);
      const value = params.bind('String', test.value);
      if (test.op === 'matches') return print`ifNull(match(${text}, ${value}), 0)`;
      return test.op === 'starts_with'
        ? print`ifNull(startsWith(${text}, ${value}), 0)`
        : print`ifNull(endsWith(${text}, ${value}), 0)`;
    }
    case 'set':
      if (property.kind === 'user') return printUserIsSet(property);
      if (property.kind === 'cohort') return print`1`;
      if (property.kind === 'path')
        return print`(isNotNull(${printPath(property.column, property.segments)}) or notEmpty(${printObjectPath(property.column, property.segments)}))`;
      return isTime(property)
        ? print`isNotNull(${COLUMN_TEXT[property.name]})`
        : print`(${COLUMN_TEXT[property.name]} != '')`;
  }
}

/** The property read as the type of the value it is compared with. */
function printTyped(property: Property, value: Scalar, params: Params): Printed {
  if (typeof value === 'string') return printText(property);
  return typeof value === 'number' ? printNumber(property) : printBool(property, params);
}

function bindScalar(value: Scalar, params: Params): Printed {
  if (typeof value === 'string') return params.bind('String', value);
  return typeof value === 'number' ? params.bind('Float64', value) : params.bind('Bool', value);
}

function printIn(property: Property, values: readonly Scalar[], params: Params): Printed {
  const texts = values.filter((value) => typeof value === 'string');
  const numbers = values.filter((value) => typeof value === 'number');
  const parts: Printed[] = [];
  if (texts.length > 0)
    parts.push(print`ifNull(${printText(property)} in ${params.bind('Array(String)', texts)}, 0)`);
  if (numbers.length > 0)
    parts.push(print`ifNull(${printNumber(property)} in ${params.bind('Array(Float64)', numbers)}, 0)`);
  for (const value of [true, false])
    if (values.includes(value))
      parts.push(print`ifNull(${printBool(property, params)} = ${params.bind('Bool', value)}, 0)`);
  return print`(${joinPrinted(parts, ' or ')})`;
}

function printContains(property: Property, value: Scalar, params: Params): Printed {
  const bound = bindScalar(value, params);
  const inText =
    typeof value === 'string' ? print`ifNull(position(${printText(property)}, ${bound}) > 0, 0)` : print`0`;
  if (property.kind === 'user') return print`(${inText} or ${printUserListHas(property, value, bound)})`;
  if (property.kind !== 'path') return inText;
  const path = printPath(property.column, property.segments);
  const elements =
    typeof value === 'string'
      ? print`${path}.:\`Array(Nullable(String))\``
      : typeof value === 'number'
        ? print`${path}.:\`Array(Nullable(Float64))\``
        : print`${path}.:\`Array(Nullable(Bool))\``;
  return print`(${inText} or has(${elements}, ${bound}))`;
}
