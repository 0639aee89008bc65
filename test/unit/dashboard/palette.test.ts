/** Colours of names: the same whatever is drawn first, and apart in each chart. */
import { expect, it } from 'vitest';
import { assignColours, findColour } from '../../../src/dashboard/web/palette.js';

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const colourIn = (charts: readonly (readonly string[])[], names: readonly string[]): string[] => {
  const colours = assignColours(charts);
  return names.map((name) => findColour(colours, name));
};

it('colours names alike in whatever order charts and their series come', () => {
  const charts = [['ads', 'mail', 'search'], ['phone', 'desktop'], ['mail', 'phone', 'shop'], LETTERS];
  const names = charts.flat();
  const turned = charts.toReversed().map((chart) => chart.toReversed());
  expect(colourIn(turned, names)).toEqual(colourIn(charts, names));
});

it('gives up to eight names of a chart eight colours, whichever they are', () => {
  for (let from = 0; from + 8 <= LETTERS.length; from++) {
    const names = LETTERS.slice(from, from + 8).map((letter) => `series ${letter}`);
    expect(new Set(colourIn([names], names)).size).toBe(8);
  }
});

it('keeps few lines apart even when a chart of many names has them too', () => {
  for (let from = 0; from + 3 <= LETTERS.length; from++) {
    const lines = LETTERS.slice(from, from + 3);
    expect(new Set(colourIn([LETTERS, lines], lines)).size).toBe(3);
  }
});

it('leaves a name its colour when a chart without it comes', () => {
  const names = ['ads', 'mail', 'search'];
  expect(colourIn([names, ['phone', 'desktop']], names)).toEqual(colourIn([names], names));
});

it('greys the tail, and what is no event', () => {
  const [other, came, left] = colourIn(
    [['$other', '(came)', '(left)', 'ads']],
    ['$other', '(came)', '(left)'],
  );
  expect(new Set([other, came, left]).size).toBe(1);
  expect(colourIn([['$other', 'ads']], ['ads'])).not.toContain(other);
});
