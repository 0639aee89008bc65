/** One event type: its schema and versions, how far stored events drift from it, and a schema made of them. */
import { useState } from 'preact/hooks';
import { callApi, useAnswer } from '../api.js';
import { formatCount, formatNumber, formatTime } from '../format.js';
import { addressOf } from '../route.js';
import { useCall } from '../ui/call.js';
import { ProblemNote } from '../ui/problem.js';
import { Code } from '../ui/scroll.js';

interface RegisteredType {
  name: string;
  version: number;
  mode: string;
  active: boolean;
  schema: object;
  versions: { version: number; created_at: string }[];
  used_by: Record<string, { id: string; name: string }[]>;
}

interface Drifted {
  sampled: number;
  new_fields: { path: string; count: number; types: Record<string, number> }[];
  vanished_fields: { path: string; of: number; required: boolean }[];
  type_changes: { path: string; expected: string[]; found: Record<string, number> }[];
}

interface Drift {
  stored: Drifted;
  rejected: Drifted;
}

interface Suggestion {
  registered: boolean;
  schema: object;
}

const PATH = '/v1/analytics/event-types';

export function EventType({ name }: { name: string }) {
  const [version, setVersion] = useState(0);
  const own = `${PATH}/${encodeURIComponent(name)}`;
  const type = useAnswer<RegisteredType>({ path: own }, undefined, version);
  const registered = type.data?.active === true;
  const missing = type.problem?.status === 404;
  return (
    <>
      <p>
        <a href="/events">All types</a> · <a href={addressOf('explore', { event: name })}>Explore {name}</a>
      </p>
      {type.problem && !missing && <ProblemNote problem={type.problem} />}
      <div class="columns">
        {registered && <Registered type={type.data!} />}
        {registered && <DriftPanel path={`${own}/drift`} />}
        {(missing || type.data?.active === false) && (
          <Suggested name={name} onRegistered={() => setVersion(version + 1)} />
        )}
      </div>
    </>
  );
}

function Registered({ type }: { type: RegisteredType }) {
  const users = Object.entries(type.used_by).flatMap(([kind, list]) => list.map((one) => ({ kind, ...one })));
  return (
    <section class="panel">
      <h2>
        {type.name} <span class="muted">version {type.version}</span>
      </h2>
      <p>
        An event that breaks the rules: <b>{type.mode}</b>.
      </p>
      <Code>{JSON.stringify(type.schema, null, 2)}</Code>
      <h3>Versions</h3>
      <ul class="list">
        {type.versions.map(({ version, created_at }) => (
          <li key={version}>
            <span>{version}</span>
            <span class="muted">{formatTime(created_at)}</span>
          </li>
        ))}
      </ul>
      <h3>Used by</h3>
      {users.length === 0 && <p class="muted">No metric, funnel or cohort names it.</p>}
      <ul class="list">
        {users.map(({ kind, id, name }) => (
          <li key={id}>
            <a href={addressOf(kind === 'metrics' ? 'custom-metrics' : kind, undefined, id)}>{name}</a>
            <span class="muted">{kind}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function DriftPanel({ path }: { path: string }) {
  const { data, problem } = useAnswer<Drift>({ path });
  return (
    <section class="panel">
      <h2>Drift</h2>
      {problem && <ProblemNote problem={problem} />}
      {data && (
        <>
          <DriftList title="Stored events" drift={data.stored} />
          <DriftList title="Rejected events" drift={data.rejected} />
        </>
      )}
    </section>
  );
}

const nameTypes = (types: Readonly<Record<string, number>>): string =>
  Object.entries(types)
    .map(([type, count]) => `${type} (${formatNumber(count)})`)
    .join(', ');

function DriftList({ title, drift }: { title: string; drift: Drifted }) {
  const lines = [
    ...drift.new_fields.map(({ path, count, types }) => ({
      path,
      text: `new, in ${formatCount(count, 'event')}: ${nameTypes(types)}`,
    })),
    ...drift.vanished_fields.map(({ path, of, required }) => ({
      path,
      text: `in none of ${formatCount(of, 'event')}${required ? ', though required' : ''}`,
    })),
    ...drift.type_changes.map(({ path, expected, found }) => ({
      path,
      text: `expected ${expected.join(' or ')}, found ${nameTypes(found)}`,
    })),
  ];
  return (
    <>
      <h3>
        {title} <span class="muted">{formatNumber(drift.sampled)} looked into</span>
      </h3>
      {lines.length === 0 && <p class="muted">As the schema says.</p>}
      <ul class="list">
        {lines.map(({ path, text }) => (
          <li key={`${path} ${text}`}>
            <code>{path}</code>
            <span class="muted">{text}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Suggested({ name, onRegistered }: { name: string; onRegistered: () => void }) {
  const { data, problem } = useAnswer<Suggestion>({ path: `${PATH}/${encodeURIComponent(name)}/suggestion` });
  const [failed, run] = useCall();
  const register = (): Promise<void> =>
    run(async () => {
      await callApi(PATH, { body: { name, schema: data!.schema, mode: 'warn' } });
      onRegistered();
    });
  return (
    <section class="panel">
      <h2>{name}</h2>
      <p>Not registered: every event of this type is accepted as it comes.</p>
      {(failed ?? problem) && <ProblemNote problem={(failed ?? problem)!} />}
      {data && (
        <>
          <p>
            This schema fits the newest of them; registered in the mode "warn", what breaks it is stored and
            counted.
          </p>
          <Code>{JSON.stringify(data.schema, null, 2)}</Code>
          <button type="button" class="primary" onClick={register}>
            Register this schema
          </button>
        </>
      )}
    </section>
  );
}
