/** People: found by a part of their id; one of them with ids, properties and what she did, newest first. */
import { useState } from 'preact/hooks';
import { useAnswer } from '../api.js';
import { formatCount, formatTime } from '../format.js';
import { addressOf } from '../route.js';
import { TextInput } from '../ui/fields.js';
import { MoreButton, usePages } from '../ui/pages.js';
import { ProblemNote } from '../ui/problem.js';
import { Code } from '../ui/scroll.js';
import type { ScreenProps } from './screen.js';

interface Person {
  user_id?: string;
  anonymous_id?: string;
  first_seen: string;
  last_seen: string;
  events: number;
}

interface ShownPerson extends Person {
  user_ids: string[];
  anonymous_ids: string[];
  properties: Record<string, unknown>;
}

interface PersonEvent {
  event_id: string;
  event: string;
  timestamp: string;
  properties: Record<string, unknown>;
}

const nameOf = ({ user_id, anonymous_id }: Person): string => user_id ?? anonymous_id ?? '';

export function People({ item }: ScreenProps) {
  return item === '' ? <List /> : <One id={item} />;
}

function List() {
  const [search, setSearch] = useState('');
  const { rows, problem, more } = usePages<Person>(
    `/v1/users?limit=50${search === '' ? '' : `&search=${encodeURIComponent(search)}`}`,
  );
  return (
    <section class="panel">
      <TextInput label="Part of an id" value={search} placeholder="anna@" onChange={setSearch} />
      {problem && <ProblemNote problem={problem} />}
      {rows?.length === 0 && (
        <p class="empty">
          {search === '' ? 'Nobody yet: people appear with their first event.' : 'Nobody has this in an id.'}
        </p>
      )}
      <ul class="list">
        {rows?.map((person) => (
          <li key={nameOf(person)}>
            <span>
              <a href={addressOf('people', undefined, nameOf(person))}>{nameOf(person)}</a>
              {person.user_id === undefined && <span class="muted"> anonymous</span>}
            </span>
            <span class="muted">
              {formatCount(person.events, 'event')} · last seen {formatTime(person.last_seen)}
            </span>
          </li>
        ))}
      </ul>
      <MoreButton more={more} />
    </section>
  );
}

function One({ id }: { id: string }) {
  const path = `/v1/users/${encodeURIComponent(id)}`;
  const { data, problem } = useAnswer<ShownPerson>({ path });
  if (problem) return <ProblemNote problem={problem} />;
  if (!data) return <div class="skeleton" style={{ height: '320px' }} />;
  const ids = [...data.user_ids, ...data.anonymous_ids];
  return (
    <div class="columns">
      <section class="panel">
        <h2>{nameOf(data)}</h2>
        <p class="muted">
          {formatCount(data.events, 'event')} from {formatTime(data.first_seen)} to{' '}
          {formatTime(data.last_seen)}
        </p>
        <h3>Ids</h3>
        <ul class="list">
          {ids.map((one) => (
            <li key={one}>
              <code>{one}</code>
            </li>
          ))}
        </ul>
        <h3>Properties now</h3>
        <Properties properties={data.properties} />
      </section>
      <Timeline path={`${path}/events?limit=50`} />
    </div>
  );
}

function Properties({ properties }: { properties: Record<string, unknown> }) {
  const entries = Object.entries(properties);
  if (entries.length === 0) return <p class="muted">None: identify calls set them.</p>;
  return (
    <table aria-label="Properties">
      <tbody>
        {entries.map(([name, value]) => (
          <tr key={name}>
            <td>{name}</td>
            <td>{typeof value === 'string' ? value : JSON.stringify(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Timeline({ path }: { path: string }) {
  const { rows, problem, more } = usePages<PersonEvent>(path);
  return (
    <section class="panel">
      <h2>What happened, newest first</h2>
      {problem && <ProblemNote problem={problem} />}
      {rows?.map((event) => (
        <details key={event.event_id} class="happening">
          <summary>
            <b>{event.event}</b> <span class="muted">{formatTime(event.timestamp)}</span>
          </summary>
          <Code>{JSON.stringify(event.properties, null, 2)}</Code>
        </details>
      ))}
      <MoreButton more={more} />
    </section>
  );
}
