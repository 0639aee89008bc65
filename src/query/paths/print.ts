/** The statements of a paths question. */
import { printCondition } from '../condition/print.js';
import { printEventRows } from '../event-rows.js';
import type { EventScope } from '../people.js';
import { createParams, fillSql, joinPrinted, type Params, type Printed, print } from '../printed.js';
import type { Statement } from '../run.js';
import type { Part, PathsQuestion } from './request.js';

const WAYS_MAX = 100;
/** Events of one person that are looked at, her earliest; a bot does not take all the memory. */
export const EVENTS_PER_PERSON_MAX = 100_000;

type Slice = Readonly<Record<'start' | 'end' | 'way' | 'lead', Printed>>;

const WHOLE = { way: print`slice`, lead: print`toInt64(0)` };

/** Which names of a visit the way has: `first` and `last` are the indices that start and end give. */
function printSlice(part: Part, steps: Printed, params: Params): Slice {
  const find = (name: string): Printed => print`toInt64(indexOf(names, ${params.bind('String', name)}))`;
  switch (part.kind) {
    case 'visit':
      return { ...WHOLE, start: print`toInt64(1)`, end: print`toInt64(length(names))` };
    case 'from':
      return {
        ...WHOLE,
        start: find(part.start),
        end: part.end === undefined ? print`toInt64(length(names))` : find(part.end),
      };
    case 'to': {
      const end = find(part.end);
      return { ...WHOLE, start: print`if(${end} = 0, 0, greatest(1, ${end} - ${steps} + 1))`, end };
    }
    case 'between': {
      const target = params.bind('String', part.end);
      const reached = print`toInt64(arrayFirstIndex((name, i) -> name = ${target} and i > first, names, arrayEnumerate(names)))`;
      return {
        start: find(part.start),
        end: print`if((${reached} as reached) = 0, toInt64(length(names)), reached)`,
        way: print`if(reached = 0 and length(slice) < ${steps}, arrayPushBack(slice, '$end'), slice)`,
        lead: print`toInt64(0)`,
      };
    }
    case 'around': {
      const event = params.bind('String', part.event);
      const before = params.bind('Int64', part.before);
      const anchors = print`arrayFilter((i, name) -> name = ${event}, arrayEnumerate(names), names)`;
      return {
        start: print`greatest(toInt64(1), (toInt64(arrayJoin(${anchors})) as anchor) - ${before})`,
        // The limit of places does the rest, counted from the anchor.
        end: print`least(toInt64(length(names)), anchor + ${steps} - 1 - ${before})`,
        way: print`if(anchor - first < ${before}, arrayPushFront(slice, '$start'), slice)`,
        lead: print`${before} - (anchor - first) - (anchor - first < ${before})`,
      };
    }
  }
}

function printWays(question: PathsQuestion, scope: EventScope, params: Params): Printed {
  const { events, exclude } = question;
  const conditions: Printed[] = [print`1`];
  if (events) conditions.push(print`event in ${params.bind('Array(String)', events)}`);
  if (exclude.length > 0) conditions.push(print`event not in ${params.bind('Array(String)', exclude)}`);
  if (question.where) conditions.push(printCondition(question.where, params));
  const request = {
    unit: 'person',
    scope,
    range: question.range,
    originMs: question.range.fromMs,
    columns: [{ name: print`name`, expression: print`toString(event)` }],
    events: joinPrinted(conditions, ' and '),
  } as const;
  const steps = params.bind('Int64', question.steps);
  return fillSql('clickhouse/path-sequences.sql', {
    rows: printEventRows(request, params),
    events_max: print`${EVENTS_PER_PERSON_MAX}`,
    gap: params.bind('Int64', question.gapMs),
    collapse: question.collapse ? print`arrayCompact` : print`identity`,
    steps,
    ...printSlice(question.part, steps, params),
  });
}

export function printLinks(question: PathsQuestion, scope: EventScope): Statement {
  const params = createParams();
  const ways = printWays(question, scope, params);
  const sql = fillSql('clickhouse/path-links.sql', { ways, steps: params.bind('Int64', question.steps) });
  return { sql, params: params.values };
}

export function printTop(question: PathsQuestion, scope: EventScope): Statement {
  const params = createParams();
  const sql = fillSql('clickhouse/path-top.sql', {
    ways: printWays(question, scope, params),
    limit: print`${WAYS_MAX}`,
  });
  return { sql, params: params.values };
}
