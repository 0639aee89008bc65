import { useState } from 'preact/hooks';
import { saveKey } from '../api.js';

interface Props {
  /** The key at hand is not known to the server. */
  refused: boolean;
  onDone: () => void;
}

export function SignIn({ refused, onDone }: Props) {
  const [key, setKey] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    saveKey(key.trim());
    onDone();
  };
  return (
    <form class="sign-in" onSubmit={submit}>
      <h1>Weir</h1>
      {refused && (
        <p class="problem" role="alert">
          The key this browser keeps is not known here: it was revoked, mistyped, or belongs to another Weir.
        </p>
      )}
      <p>
        Paste a key with scope "read". It was printed at the first start and lies in keys.json in the data
        folder. It stays in this browser.
      </p>
      <label class="field">
        <span>Key</span>
        <input
          value={key}
          autocomplete="off"
          spellcheck={false}
          placeholder="weir_r_…"
          onInput={(e) => setKey(e.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={key.trim() === ''}>
        Open
      </button>
    </form>
  );
}
