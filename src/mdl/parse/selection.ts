/**
 * Populations of events: `checkout_completed.revenue where plan = "pro"`.
 */
import type { EventCondition, PathNode, SelectionNode, Span } from '../tree.js';
import { parseEventCondition } from './condition.js';
import type { Cursor } from './cursor.js';
import { parsePath, takeName } from './path.js';

/**
 * A source with its condition: `[(event | *) [. path]] [where condition]`. `path` says whether a path may follow the
 * event; where it may not, one is reported.
 */
export function parseSelection(
  cursor: Cursor,
  owner: string,
): { selection: SelectionNode; path: PathNode | undefined } {
  const first = cursor.peek();
  let event: string | undefined;
  let eventSpan = cursor.spanOf(first);
  let path: PathNode | undefined;
  if (cursor.takeSymbol('*')) {
    eventSpan = cursor.spanOf(first);
    if (cursor.isSymbol('.')) path = parsePathAfterEvent(cursor);
  } else if (!cursor.isWord('where') && !cursor.isSymbol(')')) {
    const name = takeName(cursor);
    if (!name) {
      cursor.reportUnexpected(`an event, such as ${owner}(checkout_completed)`);
    } else {
      event = joinHyphens(cursor, name) ?? name.name;
      eventSpan = name.span;
      if (event === '') cursor.report('invalid_name', eventSpan, 'an event without a name');
      if (cursor.isSymbol('.')) path = parsePathAfterEvent(cursor);
    }
  } else {
    eventSpan = { start: eventSpan.start, end: eventSpan.start };
  }
  const condition: EventCondition | undefined = cursor.takeWord('where')
    ? parseEventCondition(cursor)
    : undefined;
  return {
    selection: { kind: 'selection', event, eventSpan, condition, span: cursor.spanFrom(first) },
    path,
  };
}

/** `add-to-cart`, which is one name without its quotes: reported and read as one. */
function joinHyphens(
  cursor: Cursor,
  name: { name: string; span: Span; quoted: boolean },
): string | undefined {
  const first = cursor.peek();
  if (name.quoted || !cursor.isSymbol('-') || cursor.peek(1).type !== 'name') return undefined;
  let whole = name.name;
  while (cursor.isSymbol('-') && cursor.peek(1).type === 'name') {
    cursor.next();
    whole += `-${cursor.next().text}`;
  }
  const span = { start: name.span.start, end: cursor.spanFrom(first).end };
  cursor.report('unexpected_token', span, 'a name with "-" in it needs quotes', {
    found: whole,
    hint: `write "${whole}" in quotes`,
  });
  return whole;
}

function parsePathAfterEvent(cursor: Cursor): PathNode | undefined {
  cursor.next();
  return parsePath(cursor);
}
