/** Fields of an event, or alternatives, with conditions. */
import { Conditions } from '../ui/conditions.js';
import { TextInput } from '../ui/fields.js';
import type { AskedMatch } from './event-match.js';

interface Props {
  match: AskedMatch;
  /** Of the first event. */
  label: string;
  hidden?: boolean;
  names: readonly string[];
  placeholder?: string;
  /** Over the conditions. */
  only?: string;
  onChange: (part: Partial<AskedMatch>) => void;
}

export function MatchFields({
  match: { events, where },
  label,
  hidden,
  names,
  placeholder = 'event',
  only = 'Only events where',
  onChange,
}: Props) {
  return (
    <>
      {events.map((event, at) => (
        <TextInput
          key={at}
          label={at === 0 ? label : 'or'}
          hidden={hidden && at === 0}
          value={event}
          list={names}
          placeholder={placeholder}
          onChange={(value) => onChange({ events: events.map((one, i) => (i === at ? value : one)) })}
        />
      ))}
      <Conditions
        conditions={where}
        events={events}
        label={only}
        onChange={(tests) => onChange({ where: tests })}
      >
        <button type="button" class="quiet" onClick={() => onChange({ events: [...events, ''] })}>
          + or another event
        </button>
      </Conditions>
    </>
  );
}
