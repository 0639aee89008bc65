/**
 * Funnel statements. The plan has decided; here it becomes text.
 *
 * An event leaves the engine as its time and class: under the packed code as one integer, offset × classes + class, under the
 * wide code as a tuple of the offset and the words. Held and breakdown values travel as numbers within the unit, with the
 * unit's distinct breakdown values beside them.
 */
import { printCondition, printJson, printValueKey } from '../condition/print.js';
import { printEventRows, type RowColumn } from '../event-rows.js';
import { createParams, fillSql, joinPrinted, type Params, type Printed, print } from '../printed.js';
import type { NamedProperty } from '../request.js';
import type { Statement } from '../run.js';
import { listClasses, type Matchers, WORD_BITS } from './classes.js';
import type { FunnelPlan } from './plan.js';

/** Rows a block of histories has: what is decoded, and held in memory, at a time. */
const HISTORY_BLOCK_ROWS = 8_192;

export interface Printing {
  readonly plan: FunnelPlan;
  readonly project: string;
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

/**
 * Rows that may matter: they fulfil something, and what can only begin a chain lies in the range. In strict order every event
 * counts, because it may stand between two others.
 */
export function printRelevant(printing: Printing): Printed {
  const { plan, params } = printing;
  const { matchers } = plan;
  if (plan.definition.order === 'strict') return print`1`;
  if (!isPacked(plan)) return print`${joinPrinted(printWordNames(matchers), ' + ')} > 0`;
  const later = new Set([...plan.laterSteps.map((step) => matchers.ofStep[step]!), ...matchers.ofExclusion]);
  const idle: number[] = [0];
  const onlyFirst: number[] = [];
  for (const { one, fulfilled } of listClasses(matchers))
    if (fulfilled.length === 0) idle.push(one);
    else if (!fulfilled.some((matcher) => later.has(matcher))) onlyFirst.push(one);
  const fulfils = print`class not in ${params.bind('Array(UInt16)', idle)}`;
  if (onlyFirst.length === 0) return fulfils;
  return print`${fulfils} and (offset < ${bindSpan(printing)} or class not in ${params.bind('Array(UInt16)', onlyFirst)})`;
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
  return print`class in ${params.bind('Array(UInt16)', classes)}`;
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
export function printHeldKey(properties: readonly NamedProperty[]): Printed {
  const absent = properties.map(({ property }) => print`${printJson(property)} = 'null'`);
  return print`if(${joinPrinted(absent, ' or ')}, '', ${printValueKey(properties.map(({ property }) => property))})`;
}

/** The rows slot: events of persons, or with their sessions. */
function printRows({ plan, params, project }: Printing, columns: readonly RowColumn[]): Printed {
  const names = plan.matchers.events.map(({ event }) => event);
  return printEventRows(
    {
      unit: plan.unit,
      project,
      range: { fromMs: plan.range.fromMs, toMs: plan.untilMs },
      originMs: plan.range.fromMs,
      columns,
      events:
        plan.definition.order === 'strict'
          ? print`1`
          : print`event in ${params.bind('Array(String)', names)}`,
    },
    params,
  );
}

/** The statement that gives each unit's events: what histories.ts decodes. */
export function printHistories(plan: FunnelPlan, project: string): Statement {
  const params = createParams();
  const printing = { plan, project, params };
  const classes = printClass(printing);
  const keys: RowColumn[] = [];
  if (plan.definition.hold.length > 0)
    keys.push({ name: print`held`, expression: printHeldKey(plan.definition.hold) });
  if (plan.breakdown.length > 0)
    keys.push({
      name: print`value`,
      expression: printValueKey(plan.breakdown.map(({ property }) => property)),
    });
  const names = keys.map(({ name }) => name);
  const event = isPacked(plan)
    ? [print`toUInt64(offset) * ${plan.matchers.packedClasses!} + class`, ...names]
    : [print`toFloat64(offset)`, ...classes.map(({ name }) => name), ...names];
  const sql = fillSql('clickhouse/funnel-histories.sql', {
    rows: printRows(printing, [...classes, ...keys]),
    relevant: printRelevant(printing),
    event: event.length === 1 ? event[0]! : print`(${joinPrinted(event, ', ')})`,
    columns: printArrays(plan, event.length),
    enters: printEnters(printing),
  });
  return { sql, params: params.values, settings: { max_block_size: HISTORY_BLOCK_ROWS } };
}

/** Parallel arrays of the sorted events: time and class, then held numbers, then value numbers and the values themselves. */
function printArrays(plan: FunnelPlan, parts: number): Printed {
  if (parts === 1) return print`sorted`;
  const code = isPacked(plan) ? 1 : 1 + printWordNames(plan.matchers).length;
  const arrays = Array.from({ length: code }, (_, part) => print`sorted.${part + 1}`);
  let next = code + 1;
  if (plan.definition.hold.length > 0) {
    arrays.push(
      print`arrayMap((key, number) -> if(key = '', toUInt32(0), number), sorted.${next}, arrayEnumerateDense(sorted.${next}))`,
    );
    next++;
  }
  if (plan.breakdown.length > 0)
    arrays.push(print`arrayEnumerateDense(sorted.${next})`, print`arrayDistinct(sorted.${next})`);
  return joinPrinted(arrays, ', ');
}

/** The statement of the windowFunnel path. Only for plans that proved it exact. */
export function printWindowFunnel(plan: FunnelPlan, project: string): Statement {
  const params = createParams();
  const printing = { plan, project, params };
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
    conditions: joinPrinted(conditions, ', '),
    enters: printEnters(printing),
  });
  return { sql, params: params.values };
}
