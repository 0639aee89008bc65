/** The statements of a paths question. */
import { printCondition } from '../condition/print.js';
import { printEventRows } from '../event-rows.js';
import type { EventScope } from '../people.js';
import { createParams, fillSql, joinPrinted, type Params, type Printed, print } from '../printed.js';
import type { Statement } from '../run.js';
import type { Part, PathsQuestion } from './request.js';

const WAYS_MAX = 100;
/** Links that are read to be folded; more are refused. */
export const LINKS_MAX = 200_000;
/** Events of one person that are looked at, her earliest; the answer says of how many people there are more. */
export const EVENTS_PER_PERSON_MAX = 100_000;

type Slice = Readonly<Record<'slice' | 'kept' | 'way' | 'lead', Printed>>;

const NO_LEAD = print`toInt64(0)`;

/** From one index of a visit's names to another, at most `steps` of them: nothing where it begins at 0 or ends before it begins. */
const printStretch = (start: Printed, end: Printed, steps: Printed): Pick<Slice, 'slice' | 'kept'> => ({
  slice: print`arraySlice(names, ${start} as first, least(${steps}, (${end} as last) - first + 1))`,
  kept: print`first > 0 and last >= first`,
});

/** Which names of a visit the way has. */
function printSlice(part: Part, steps: Printed, params: Params): Slice {
  const find = (name: string): Printed => print`toInt64(indexOf(names, ${params.bind('String', name)}))`;
  const whole = print`toInt64(length(names))`;
  switch (part.kind) {
    case 'visit':
      return { ...printStretch(print`toInt64(1)`, whole, steps), way: print`slice`, lead: NO_LEAD };
    case 'from': {
      const end = part.end === undefined ? whole : find(part.end);
      return { ...printStretch(find(part.start), end, steps), way: print`slice`, lead: NO_LEAD };
    }
    case 'to': {
      const end = find(part.end);
      const start = print`if(${end} = 0, 0, greatest(1, ${end} - ${steps} + 1))`;
      return { ...printStretch(start, end, steps), way: print`slice`, lead: NO_LEAD };
    }
    case 'between': {
      const target = params.bind('String', part.end);
      const reached = print`toInt64(arrayFirstIndex((name, i) -> name = ${target} and i > first, names, arrayEnumerate(names)))`;
      const end = print`if((${reached} as reached) = 0, ${whole}, reached)`;
      return {
        ...printStretch(find(part.start), end, steps),
        way: print`if(reached = 0 and length(slice) < ${steps}, arrayPushBack(slice, '$end'), slice)`,
        lead: NO_LEAD,
      };
    }
    case 'around': {
      const event = params.bind('String', part.event);
      const before = params.bind('Int64', part.before);
      // All stretches of a visit with nothing on both sides, of which those with the event in its place are looked at.
      const padded = print`arrayConcat(arrayResize(emptyArrayString(), ${before} - 1), if(${before} > 0, ['$start'], []), names, arrayResize(emptyArrayString(), ${steps} - 1 - ${before}))`;
      return {
        slice: print`arrayJoin(arrayFilter(stretch -> stretch[${before} + 1] = ${event}, arrayShingles(${padded}, ${steps})))`,
        kept: print`1`,
        way: print`arrayFilter(name -> name != '', slice)`,
        lead: print`toInt64(arrayFirstIndex(name -> name != '', slice)) - 1`,
      };
    }
  }
}

/** The events that ways are made of. */
function printRows(question: PathsQuestion, scope: EventScope, params: Params): Printed {
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
  return printEventRows(request, params);
}

function printWays(question: PathsQuestion, scope: EventScope, params: Params): Printed {
  const steps = params.bind('Int64', question.steps);
  return fillSql('clickhouse/path-sequences.sql', {
    rows: printRows(question, scope, params),
    events_max: print`${EVENTS_PER_PERSON_MAX}`,
    gap: params.bind('Int64', question.gapMs),
    collapse: question.collapse ? print`arrayCompact` : print`identity`,
    ...printSlice(question.part, steps, params),
  });
}

export function printLinks(question: PathsQuestion, scope: EventScope): Statement {
  const params = createParams();
  const ways = printWays(question, scope, params);
  const steps = params.bind('Int64', question.steps);
  // One more than may be shows that there are more.
  const sql = fillSql('clickhouse/path-links.sql', { ways, steps, limit: print`${LINKS_MAX + 1}` });
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

/** Of how many people only the earliest events are looked at. */
export function printTruncated(question: PathsQuestion, scope: EventScope): Statement {
  const params = createParams();
  const sql = fillSql('clickhouse/path-truncated.sql', {
    rows: printRows(question, scope, params),
    events_max: print`${EVENTS_PER_PERSON_MAX}`,
  });
  return { sql, params: params.values };
}
