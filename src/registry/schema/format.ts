/**
 * The formats a schema may ask for, as ajv-formats reads them, but that a text longer than any right one is refused without
 * a look: their expressions backtrack, and an event's sender chooses what they run on.
 */
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { FORMATS, type FormatName } from './keywords.js';

/** Whether a text is of a format. */
export const testFormat = (name: FormatName, text: string): boolean =>
  text.length <= FORMATS[name] && tests[name](text);

type Test = (text: string) => boolean;

function readTest(name: FormatName): Test {
  const format = fullFormats[name];
  if (format instanceof RegExp) return (text) => format.test(text);
  if (typeof format === 'function') return format;
  if (typeof format === 'object' && typeof format.validate === 'function') return format.validate as Test;
  throw new Error(`format ${name} has no test`);
}

const tests = Object.fromEntries(
  Object.keys(FORMATS).map((name) => [name, readTest(name as FormatName)]),
) as Record<FormatName, Test>;
