/** A criterion of order: events that are done one after another; others may lie between. */
import { TextInput } from '../ui/fields.js';
import type { AskedCriterion } from './cohort-criteria.js';

/** Events of a sequence, as the interface takes them. */
const EVENTS_MAX = 10;
const EVENTS_MIN = 2;

interface Props {
  criterion: AskedCriterion;
  names: readonly string[];
  onChange: (part: Partial<AskedCriterion>) => void;
}

export function SequenceFields({ criterion, names, onChange }: Props) {
  const events = [criterion.event, ...(criterion.next ?? [''])];
  const set = ([event = '', ...next]: string[]): void => onChange({ event, next });
  return (
    <>
      {events.map((name, place) => (
        <div class="row" key={place}>
          <TextInput
            label={`Event ${place + 1}`}
            hidden
            value={name}
            list={names}
            placeholder={place === 0 ? 'first' : 'then'}
            onChange={(text) => set(events.map((one, i) => (i === place ? text : one)))}
          />
          {events.length > EVENTS_MIN && (
            <button
              type="button"
              class="quiet"
              aria-label={`Remove event ${place + 1}`}
              onClick={() => set(events.filter((_, i) => i !== place))}
            >
              ×
            </button>
          )}
        </div>
      ))}
      {events.length < EVENTS_MAX && (
        <button type="button" class="quiet" onClick={() => set([...events, ''])}>
          + then
        </button>
      )}
      <TextInput
        label="In the last"
        value={criterion.within}
        placeholder="ever"
        onChange={(within) => onChange({ within })}
      />
    </>
  );
}
