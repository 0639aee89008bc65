/**
 * Colours of series: Okabe and Ito's set for colour-blind readers, put in an order that keeps neighbours apart, with tones that
 * read on light and dark alike. A name has one colour on all charts that are shown together, and which one depends on the names
 * alone: not on what is drawn first, nor on the order of the answers.
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

export type Colours = ReadonlyMap<string, string>;

const isNamed = (name: string): boolean => name !== '$other' && !name.startsWith('(');

/** The colour of what is only numbered. */
export const colourAt = (index: number): string => COLOURS[index % COLOURS.length]!;

/** FNV-1a, its high bits mixed in: names that differ in their last character alone lie apart. */
function findPreferred(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % COLOURS.length;
}

/** For each name how much it matters that another has its colour: the fewer names a chart has, the more. */
function weighNeighbours(charts: readonly (readonly string[])[]): Map<string, Map<string, number>> {
  const all = new Map<string, Map<string, number>>();
  for (const chart of charts) {
    const names = [...new Set(chart)].filter(isNamed);
    for (const name of names) {
      const near = all.get(name) ?? new Map<string, number>();
      for (const other of names)
        if (other !== name) near.set(other, (near.get(other) ?? 0) + 1 / names.length);
      all.set(name, near);
    }
  }
  return all;
}

/**
 * A colour for each name of the charts that are shown together: its own if no name beside it has that, else the next one that is
 * free, else the one that is in the way least. Names are dealt with in their order, so the same charts are always coloured alike.
 */
export function assignColours(charts: readonly (readonly string[])[]): Colours {
  const neighbours = weighNeighbours(charts);
  const places = new Map<string, number>();
  for (const name of [...neighbours.keys()].sort()) {
    const costs = COLOURS.map(() => 0);
    for (const [other, weight] of neighbours.get(name)!) {
      const place = places.get(other);
      if (place !== undefined) costs[place]! += weight;
    }
    const own = findPreferred(name);
    const order = COLOURS.map((_, i) => (own + i) % COLOURS.length);
    places.set(
      name,
      order.reduce((best, place) => (costs[place]! < costs[best]! ? place : best)),
    );
  }
  return new Map([...places].map(([name, place]) => [name, colourAt(place)]));
}

export const findColour = (colours: Colours, name: string): string => colours.get(name) ?? OTHER_COLOUR;
