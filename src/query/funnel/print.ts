/**
 * Funnel statements. The plan has decided; here it becomes text.
 *
 * An event leaves the engine as its time and class: under the packed code as one integer, offset × classes + class, under the
 * wide code as the offset and the words. With a breakdown the number of its value is packed in as well; the values themselves
 * come once, with the first row. Held values travel as numbers within the unit.
 */
import { printCondition, printJson, printNumber, printValueKey } from '../condition/print.js';
import { printEventRows, type RowColumn } from '../event-rows.js';
import type { EventScope } from '../people.js';
import { createParams, fillSql, joinPrinted, type Params, type Printed, print } from '../printed.js';
import type { NamedProperty } from '../request.js';
import type { Statement } from '../run.js';
import { printUntil } from '../time/span.js';
import { listClasses, MAX_BREAKDOWN_VALUES, type Matchers, VALUE_BITS, WORD_BITS } from './classes.js';
import type { FunnelPlan } from './plan.js';
import type { Dimension } from './request.js';

/** Rows a block of histories has: what is decoded, and held in memory, at a time. */
const HISTORY_BLOCK_ROWS = 8_192;

export interface Printing {
  readonly plan: FunnelPlan;
  readonly scope: EventScope;
  readonly params: Params;
}

const isPacked = ({ matchers }: FunnelPlan): boolean => matchers.packedClasses !== undefined;

/** Columns that say which conditions an event fulfils: class, or word0, word1, … */
export function printClass({ plan, params }: Printing): RowColumn[] {
  const { matchers } = plan;
  return isPacked(plan)
    ? [{ name: print`class`, expression: printPackedClass(matchers, params) }]
    : printWords(matchers, params);
}

function printPackedClass({ events, list }: Matchers, params: Params): Printed {
  const names = params.bind(
    'Array(String)',
    events.map(({ event }) => event),
  );
  const bases = params.bind(
    'Array(UInt16)',
    events.map(({ base }) => base),
  );
  const terms = events.flatMap(({ event, bits }) =>
    bits.map((matcher, bit) => {
      const where = printCondition(list[matcher]!.where!, params);
      return print`toUInt16(event = ${params.bind('String', event)} and ${where}) * ${2 ** bit}`;
    }),
  );
  return joinPrinted([print`transform(event, ${names}, ${bases}, toUInt16(0))`, ...terms], ' + ');
}

function printWords({ list }: Matchers, params: Params): RowColumn[] {
  return Array.from({ length: Math.ceil(list.length / WORD_BITS) }, (_, word) => {
    const terms = list.slice(word * WORD_BITS, (word + 1) * WORD_BITS).map((matcher, bit) => {
      const named = print`event in ${params.bind('Array(String)', matcher.events)}`;
      const fulfilled = matcher.where ? print`${named} and ${printCondition(matcher.where, params)}` : named;
      return print`toUInt64(${fulfilled}) * ${2 ** bit}`;
    });
    return { name: print`word${word}`, expression: print`toFloat64(${joinPrinted(terms, ' + ')})` };
  });
}

/** Runs of neighbouring classes that are compared one by one; more are looked up in a set, which costs each row a hash. */
const MAX_RUNS = 4;

/** Whether an event's class is one of these. */
function printClassIn(classes: readonly number[], params: Params): Printed {
  const sorted = [...new Set(classes)].sort((a, b) => a - b);
  const starts = sorted.filter((one, i) => one - 1 !== sorted[i - 1]);
  if (starts.length === 0 || starts.length > MAX_RUNS)
    return print`class in ${params.bind('Array(UInt16)', sorted)}`;
  const runs = starts.map((start, i) => {
    const end = sorted[(i + 1 < starts.length ? sorted.indexOf(starts[i + 1]!) : sorted.length) - 1]!;
    return start === end ? print`class = ${start}` : print`class between ${start} and ${end}`;
  });
  return print`(${joinPrinted(runs, ' or ')})`;
}

/**
 * Rows that may matter: they fulfil something, and what can only begin a chain lies in the range. In strict order every event
 * counts, because it may stand between two others.
 */
function printRelevant(printing: Printing): Printed {
  const { plan, params } = printing;
  const { matchers } = plan;
  if (plan.definition.order === 'strict') return print`1`;
  if (!isPacked(plan)) return print`${joinPrinted(printWordNames(matchers), ' + ')} > 0`;
  const later = listLater(plan);
  const idle: number[] = [0];
  const onlyFirst: number[] = [];
  for (const { one, fulfilled } of listClasses(matchers))
    if (fulfilled.length === 0) idle.push(one);
    else if (!fulfilled.some((matcher) => later.has(matcher))) onlyFirst.push(one);
  const fulfils = print`not ${printClassIn(idle, params)}`;
  if (onlyFirst.length === 0) return fulfils;
  return print`${fulfils} and (offset < ${bindSpan(printing)} or not ${printClassIn(onlyFirst, params)})`;
}

/** Matchers that may be fulfilled after a chain's first event. */
const listLater = ({ matchers, laterSteps }: FunnelPlan): ReadonlySet<number> =>
  new Set([
    ...laterSteps.map((step) => matchers.ofStep[step]!),
    ...matchers.ofExclusion,
    ...matchers.ofObserved,
  ]);

/**
 * Which events are read at all. Types that can only begin a chain are read up to the end of the range: events are stored by type
 * and day, so the rest of the window costs nothing.
 */
function printWanted({ plan, params }: Printing): Printed {
  const { matchers, definition, breakdown, range } = plan;
  if (definition.order === 'strict' || breakdown.some(({ entry }) => entry)) return print`1`;
  const later = new Set([...listLater(plan)].flatMap((matcher) => matchers.list[matcher]!.events));
  const names = matchers.events.map(({ event }) => event);
  const [first, others] = [false, true].map((wanted) => names.filter((name) => later.has(name) === wanted));
  const among = (some: readonly string[]): Printed => print`event in ${params.bind('Array(String)', some)}`;
  if (first!.length === 0) return among(names);
  return print`(${among(others!)} or ${among(first!)} and ${printUntil(range.toMs, params)})`;
}

const bindSpan = ({ plan, params }: Printing): Printed =>
  params.bind('Int64', plan.range.toMs - plan.range.fromMs);

const printWordNames = ({ list }: Matchers): Printed[] =>
  Array.from({ length: Math.ceil(list.length / WORD_BITS) }, (_, word) => print`word${word}`);

/** Whether an event fulfils one of these matchers, from its class. */
function printFulfils({ plan, params }: Printing, wanted: readonly number[]): Printed {
  const { matchers } = plan;
  if (!isPacked(plan)) {
    const bits = wanted.map(
      (matcher) => print`bitTest(toUInt64(word${Math.floor(matcher / WORD_BITS)}), ${matcher % WORD_BITS})`,
    );
    return print`(${joinPrinted(bits, ' or ')})`;
  }
  const classes = listClasses(matchers)
    .filter(({ fulfilled }) => fulfilled.some((matcher) => wanted.includes(matcher)))
    .map(({ one }) => one);
  return printClassIn(classes, params);
}

/** Whether the unit has an event in the range that may begin a chain. */
function printEnters(printing: Printing): Printed {
  const { plan } = printing;
  const begins = printFulfils(
    printing,
    plan.startSteps.map((step) => plan.matchers.ofStep[step]!),
  );
  return print`max(${begins} and offset < ${bindSpan(printing)}) = 1`;
}

/** JSON text of the held properties together, '' when one is absent. */
export function printHeldKey(named: readonly NamedProperty[], params: Params): Printed {
  const properties = named.map(({ property }) => property);
  const absent = properties.map((property) => print`${printJson(property, params)} = 'null'`);
  return print`if(${joinPrinted(absent, ' or ')}, '', ${printValueKey(properties, params)})`;
}

/** The values of a breakdown as the JSON text of an array. A session's first event is looked for among all events of the rows. */
function printBreakdownKey(breakdown: readonly Dimension[], params: Params): Printed {
  const values = breakdown.map(({ property, entry }) => {
    const json = printJson(property, params);
    if (!entry) return json;
    return print`if(session_id = '', 'null', first_value(${json}) over (partition by person_key, session_id order by timestamp, event_id))`;
  });
  const [first, ...rest] = values as [Printed, ...Printed[]];
  return print`concat('[', ${rest.reduce((text, one) => print`${text}, ',', ${one}`, first)}, ']')`;
}

/** The rows slot: events of persons, or with their sessions. */
function printRows({ plan, params, scope }: Printing, columns: readonly RowColumn[]): Printed {
  return printEventRows(
    {
      unit: plan.unit,
      scope,
      range: { fromMs: plan.range.fromMs, toMs: plan.untilMs },
      originMs: plan.range.fromMs,
      columns,
      events: printWanted({ plan, params, scope }),
      ...(plan.persons && { persons: plan.persons(params) }),
    },
    params,
  );
}

/** The breakdown values of all relevant events, each with a number that is the same for all units. */
function printDictionary(printing: Printing, classes: readonly RowColumn[], key: RowColumn): Printed {
  const sql = fillSql('clickhouse/funnel-values.sql', {
    rows: printRows(printing, [...classes, key]),
    relevant: printRelevant(printing),
    limit: print`${MAX_BREAKDOWN_VALUES + 1}`,
  });
  return print`${sql}\n`;
}

/** The statement that gives each unit's events: what histories.ts decodes. */
export function printHistories(plan: FunnelPlan, scope: EventScope): Statement {
  const params = createParams();
  const printing = { plan, scope, params };
  const classes = printClass(printing);
  const keys: RowColumn[] = [];
  if (plan.definition.hold.length > 0)
    keys.push({
      name: print`held`,
      expression: print`cityHash64(nullIf(${printHeldKey(plan.definition.hold, params)}, ''))`,
    });
  const valueKey: RowColumn | undefined =
    plan.breakdown.length > 0
      ? {
          name: print`value_key`,
          expression: printBreakdownKey(plan.breakdown, params),
        }
      : undefined;
  if (valueKey) keys.push(valueKey);
  if (plan.value)
    keys.push({
      name: print`amount`,
      expression: print`ifNull(toFloat64(${printNumber(plan.value.property)}), nan)`,
    });
  const sql = fillSql('clickhouse/funnel-histories.sql', {
    with: valueKey ? printDictionary(printing, classes, valueKey) : print``,
    rows: printRows(printing, [...classes, ...keys]),
    relevant: printRelevant(printing),
    ...printArrays(plan, classes),
    enters: printEnters(printing),
  });
  return { sql, params: params.values, settings: { max_block_size: HISTORY_BLOCK_ROWS } };
}

/**
 * What is gathered of a unit's events, and what of it is sent: time and class (and value), then the numbers of the held values
 * within the unit, then the dictionary with the first row of all. Plain numbers are gathered much faster than tuples; tied
 * events of one class and value are alike, so their held values may stand in either order.
 */
function printArrays(plan: FunnelPlan, classes: readonly RowColumn[]): { arrays: Printed; columns: Printed } {
  const holds = plan.definition.hold.length > 0;
  const broken = plan.breakdown.length > 0;
  const value = print`toUInt32(transform(value_key, dictionary, arrayEnumerate(dictionary), 0))`;
  const columns: Printed[] = [];
  const arrays: Printed[] = [];
  if (isPacked(plan)) {
    const code = print`toUInt64(offset) * ${plan.matchers.packedClasses!} + class`;
    const packed = broken ? print`(${code}) * ${2 ** VALUE_BITS} + ${value}` : code;
    arrays.push(print`arraySort(groupArray(${packed})) as events`);
    columns.push(print`events`);
    if (plan.value)
      arrays.push(print`arraySort((a, p) -> p, groupArray(amount), groupArray(${packed})) as amounts`);
    if (holds)
      arrays.push(print`arraySort((h, p) -> p, groupArray(ifNull(held, 0)), groupArray(${packed})) as helds`);
  } else {
    const parts = [print`toFloat64(offset)`, ...classes.map(({ name }) => name), ...(broken ? [value] : [])];
    const tuple = [
      ...parts,
      ...(plan.value ? [print`amount`] : []),
      ...(holds ? [print`ifNull(held, 0)`] : []),
    ];
    arrays.push(print`arraySort(groupArray((${joinPrinted(tuple, ', ')}))) as sorted`);
    columns.push(...parts.map((_, part) => print`sorted.${part + 1}`));
    if (plan.value) arrays.push(print`arrayMap(e -> e.${parts.length + 1}, sorted) as amounts`);
    if (holds) arrays.push(print`arrayMap(e -> e.${tuple.length}, sorted) as helds`);
  }
  if (plan.value) columns.push(print`amounts`);
  if (holds)
    columns.push(
      print`arrayMap((h, number) -> if(h = 0, toUInt32(0), number), helds, arrayEnumerateDense(helds))`,
    );
  // Not `if`: it makes a dictionary for each row of the block before it chooses.
  if (broken)
    columns.push(print`arraySlice(dictionary, 1, if(rowNumberInAllBlocks() = 0, length(dictionary), 0))`);
  return { arrays: joinPrinted(arrays, ', '), columns: joinPrinted(columns, ', ') };
}

/** The statement of the windowFunnel path. Only for plans that proved it exact. */
export function printWindowFunnel(plan: FunnelPlan, scope: EventScope): Statement {
  const params = createParams();
  const printing = { plan, scope, params };
  const columns = printClass(printing);
  const conditions = plan.definition.steps.map((_, step) => {
    const fulfilled = printFulfils(printing, [plan.matchers.ofStep[step]!]);
    if (step > 0) return fulfilled;
    return print`${fulfilled} and offset < ${bindSpan(printing)}`;
  });
  const sql = fillSql('clickhouse/funnel-window.sql', {
    rows: printRows(printing, columns),
    relevant: printRelevant(printing),
    window: params.bind('UInt64', plan.definition.windowMs),
    instant: plan.untilMs - plan.range.fromMs < 2 ** 32 ? print`toUInt32(offset)` : print`toUInt64(offset)`,
    conditions: joinPrinted(conditions, ', '),
  });
  return { sql, params: params.values };
}
