/** What stands on the page together is coloured together: each chart says its names, and hears when its colours become others. */
import { useLayoutEffect, useState } from 'preact/hooks';
import { assignColours, type Colours, findColour } from '../palette.js';

interface Shown {
  readonly names: readonly string[];
  readonly hear: (assigned: Colours) => void;
}

const shown = new Set<Shown>();

function tellAll(): void {
  const assigned = assignColours([...shown].map(({ names }) => names));
  for (const { hear } of shown) hear(assigned);
}

const pick = (names: readonly string[], assigned: Colours): string =>
  JSON.stringify(names.map((name) => findColour(assigned, name)));

/** The colours of a chart's names, in the same order. */
export function useColours(names: readonly string[]): string[] {
  const key = JSON.stringify(names);
  const [told, setTold] = useState({ key: '', colours: '' });
  useLayoutEffect(() => {
    const own: Shown = {
      names,
      hear: (assigned) => {
        const colours = pick(names, assigned);
        setTold((before) => (before.key === key && before.colours === colours ? before : { key, colours }));
      },
    };
    shown.add(own);
    tellAll();
    return () => {
      shown.delete(own);
      tellAll();
    };
  }, [key]);
  // Before it is heard of, as if among those that are there.
  const colours =
    told.key === key
      ? told.colours
      : pick(names, assignColours([...[...shown].map((chart) => chart.names), names]));
  return JSON.parse(colours) as string[];
}
