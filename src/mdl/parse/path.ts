/**
 * Names, and paths to values: `checkout_completed`, `user.plan`. Names that are not words of letters, digits, `_` and `$` are
 * written in quotes: `"Order Completed"."Total Price"`.
 */
import type { PathNode, PathRoot, Span } from '../tree.js';
import { PATH_ROOTS } from '../vocabulary.js';
import { type Cursor, takeString } from './cursor.js';

/** One name: a word or a text in quotes. Undefined, nothing moved, when neither stands here. */
export function takeName(cursor: Cursor): { name: string; span: Span; quoted: boolean } | undefined {
  const token = cursor.peek();
  if (token.type === 'name') {
    cursor.next();
    return { name: token.text, span: cursor.spanOf(token), quoted: false };
  }
  const text = takeString(cursor);
  return text && { name: text.value, span: text.span, quoted: true };
}

/**
 * A path in a formula or a condition. Its first word may name another root than the event's properties: `user.plan`,
 * `context.os.name`, `event.session_id`, and `properties.user.plan` for a property that is itself called `user`.
 */
export function parsePath(cursor: Cursor): PathNode | undefined {
  const start = cursor.peek();
  const segments: string[] = [];
  let root: PathRoot = 'properties';
  do {
    const name = takeName(cursor);
    if (!name) {
      cursor.reportUnexpected('the name of a property');
      return undefined;
    }
    const rooted = segments.length === 0 && !name.quoted && cursor.isSymbol('.') && toRoot(name.name);
    if (rooted && start === cursor.peek(-1)) root = rooted;
    else segments.push(name.name);
  } while (cursor.takeSymbol('.'));
  return checkPath(cursor, { kind: 'path', root, segments, span: cursor.spanFrom(start) });
}

const toRoot = (name: string): PathRoot | undefined => PATH_ROOTS.find((root) => root === name);

/** A path written as the whole of a string, as in `dimensions`: dots divide, nothing is quoted. */
export function parsePathText(cursor: Cursor, text: string, span: Span): PathNode | undefined {
  const [first, ...rest] = text.split('.');
  const root = rest.length > 0 ? toRoot(first!) : undefined;
  const segments = root ? rest : [first!, ...rest];
  return checkPath(cursor, { kind: 'path', root: root ?? 'properties', segments, span });
}

const SEGMENT_LENGTH_MAX = 200;
const SEGMENTS_MAX = 20;
// Controls have no business in a name; ^ and : at the start mean a sub-object and a type to the engine.
const WRONG_SEGMENT = /\p{Cc}|^[\^:]|^\s*$/u;

function checkPath(cursor: Cursor, path: PathNode): PathNode | undefined {
  const wrong = path.segments.some((s) => WRONG_SEGMENT.test(s) || s.length > SEGMENT_LENGTH_MAX);
  if (!wrong && path.segments.length <= SEGMENTS_MAX) return path;
  cursor.report(
    'invalid_path',
    path.span,
    'a path with a part that is empty, too long, unprintable or begins with ^ or :',
    {
      expected: 'names divided by dots',
      hint: 'write it like revenue, items.total or user.plan',
    },
  );
  return undefined;
}

/** The path as one writes it in a dimension: "user.plan". */
export function formatPath(path: PathNode): string {
  const [first] = path.segments;
  const explicit = path.root !== 'properties' || (path.segments.length > 1 && toRoot(first!) !== undefined);
  return (explicit ? [path.root, ...path.segments] : path.segments).join('.');
}
