/**
 * Colours of series: Okabe and Ito's set for colour-blind readers, put in an order that keeps neighbours apart, with tones that
 * read on light and dark alike. The same value has the same colour everywhere, as long as the page lives.
 */
const COLOURS = [
  '#0b7fab',
  '#e07b00',
  '#12966b',
  '#b8479a',
  '#c2410c',
  '#5a6fd6',
  '#8a7a00',
  '#4b9fd8',
] as const;

/** The tail of a breakdown, and what is no event: coming and leaving. */
const OTHER_COLOUR = '#8b95a1';

const assigned = new Map<string, string>();

/** The colour of a value. Beyond eight values the set repeats; charts show at most eight and "other". */
export function colourOf(value: string): string {
  if (value === '$other' || value.startsWith('(')) return OTHER_COLOUR;
  let colour = assigned.get(value);
  if (colour === undefined) {
    colour = COLOURS[assigned.size % COLOURS.length]!;
    assigned.set(value, colour);
  }
  return colour;
}
