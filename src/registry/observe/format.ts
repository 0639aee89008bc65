/** Formats that are recognised in observed texts: a look at length and characters first, then the test events are put to. */
import { testFormat } from '../schema/format.js';

export const DETECTED_FORMATS = ['date', 'date-time', 'email', 'uri', 'uuid'] as const;

export type DetectedFormat = (typeof DETECTED_FORMATS)[number];

/** The format a text is of, if any. */
export function detectFormat(text: string): DetectedFormat | undefined {
  const candidate = guessFormat(text);
  return candidate !== undefined && testFormat(candidate, text) ? candidate : undefined;
}

function guessFormat(text: string): DetectedFormat | undefined {
  const { length } = text;
  if (length === 36 && text[8] === '-' && text[13] === '-') return 'uuid';
  if (length >= 10 && text[4] === '-' && text[7] === '-') return length === 10 ? 'date' : 'date-time';
  if (/^https?:\/\//.test(text)) return 'uri';
  return text.includes('@') ? 'email' : undefined;
}
