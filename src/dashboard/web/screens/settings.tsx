/** Settings: the keys of this project, made and revoked, and what the project decides for itself. */
import { useState } from 'preact/hooks';
import { callApi, forgetKey, readKey } from '../api.js';
import { formatTime } from '../format.js';

import { useCall } from '../ui/call.js';
import { TextInput } from '../ui/fields.js';
import { MoreButton, usePages } from '../ui/pages.js';
import { copyText } from '../ui/pictures.js';
import { ProblemNote } from '../ui/problem.js';
import { SureButton } from '../ui/sure-button.js';

interface Key {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  created_at: string;
  revoked_at: string | null;
}

const SCOPES: readonly (readonly [scope: string, about: string])[] = [
  ['write', 'send events; safe to publish'],
  ['read', 'ask questions'],
  ['define', 'define metrics, funnels, cohorts, alerts and event types'],
  ['admin', 'make and revoke keys, change the project'],
];

export function Settings() {
  const [version, setVersion] = useState(0);
  const renew = (): void => setVersion(version + 1);
  return (
    <div class="columns">
      <Keys version={version} onChange={renew} />
      <NewKey onMade={renew} />
      <OwnKey />
    </div>
  );
}

/** As much of a key as tells it from others. */
const SHOWN_LENGTH = 12;

function OwnKey() {
  const forget = (): void => {
    forgetKey();
    location.reload();
  };
  return (
    <section class="panel">
      <h2>This browser</h2>
      <p>
        It keeps the key <code>{readKey()?.slice(0, SHOWN_LENGTH)}…</code> and sends it with every question.
        Forget it to leave, or to paste another.
      </p>
      <SureButton text="Forget the key" sure="Forget it here?" onClick={forget} />
    </section>
  );
}

function Keys({ version, onChange }: { version: number; onChange: () => void }) {
  const { rows, problem, more } = usePages<Key>('/v1/keys', version);
  const [failed, run] = useCall();
  const revoke = (id: string): Promise<void> =>
    run(async () => {
      await callApi(`/v1/keys/${id}`, { method: 'DELETE' });
      onChange();
    });
  return (
    <section class="panel">
      <h2>Keys</h2>
      {(failed ?? problem) && <ProblemNote problem={(failed ?? problem)!} />}
      <ul class="list">
        {rows?.map((key) => (
          <li key={key.id}>
            <span>
              <code>{key.prefix}…</code> {key.name} <span class="muted">{key.scopes.join(', ')}</span>
            </span>
            {key.revoked_at === null ? (
              <SureButton text="Revoke" sure="Revoke for ever?" onClick={() => revoke(key.id)} />
            ) : (
              <span class="muted">revoked {formatTime(key.revoked_at)}</span>
            )}
          </li>
        ))}
      </ul>
      <MoreButton more={more} />
    </section>
  );
}

function NewKey({ onMade }: { onMade: () => void }) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly string[]>(['read']);
  const [made, setMade] = useState<string>();
  const [problem, run] = useCall();
  const make = (event: Event): Promise<void> => {
    event.preventDefault();
    return run(async () => {
      const { key } = await callApi<{ key: string }>('/v1/keys', { body: { name, scopes } });
      setMade(key);
      setName('');
      onMade();
    });
  };
  const toggle = (scope: string): void =>
    setScopes(scopes.includes(scope) ? scopes.filter((one) => one !== scope) : [...scopes, scope]);
  return (
    <section class="panel">
      <h2>New key</h2>
      {problem && <ProblemNote problem={problem} />}
      {made && (
        <div class="made" role="status">
          <p>This is the only time the key is shown:</p>
          <p class="row">
            <input readOnly aria-label="The new key" value={made} />
            <button type="button" onClick={() => copyText(made)}>
              Copy
            </button>
          </p>
        </div>
      )}
      <form class="ask" onSubmit={make}>
        <TextInput label="What it is for" value={name} placeholder="checkout service" onChange={setName} />
        {SCOPES.map(([scope, about]) => (
          <label class="check" key={scope}>
            <input type="checkbox" checked={scopes.includes(scope)} onChange={() => toggle(scope)} />
            <span>
              {scope} <span class="muted">{about}</span>
            </span>
          </label>
        ))}
        <button type="submit" class="primary" disabled={scopes.length === 0}>
          Make the key
        </button>
      </form>
    </section>
  );
}
