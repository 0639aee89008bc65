import type { Fields } from './event-match.js';

interface Props {
  kept: Fields | undefined;
  onChange: (change: { kept: Fields }) => void;
}

/** What is asked and has no field here, as the interface takes it, each with a way to leave it out. */
export function KeptFields({ kept = {}, onChange }: Props) {
  const entries = Object.entries(kept);
  if (entries.length === 0) return null;
  return (
    <fieldset class="conditions">
      <legend class="legend">Also asked</legend>
      {entries.map(([name, value]) => (
        <div class="condition written" key={name}>
          <code>
            {name}: {JSON.stringify(value)}
          </code>
          <button
            type="button"
            class="quiet"
            aria-label={`Leave out ${name}`}
            onClick={() =>
              onChange({ kept: Object.fromEntries(entries.filter(([other]) => other !== name)) })
            }
          >
            ×
          </button>
        </div>
      ))}
    </fieldset>
  );
}
