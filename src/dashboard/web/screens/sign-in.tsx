import { useState } from 'preact/hooks';
import { saveKey } from '../api.js';

export function SignIn({ onDone }: { onDone: () => void }) {
  const [key, setKey] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    saveKey(key.trim());
    onDone();
  };
  return (
    <form class="sign-in" onSubmit={submit}>
      <h1>Weir</h1>
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
