import { useState } from 'preact/hooks';

/** A button that says for a moment that it has done what it says. */
export function QuietButton({ text, onClick }: { text: string; onClick: () => void | Promise<void> }) {
  const [state, setState] = useState<'' | 'done' | 'failed'>('');
  const run = async (): Promise<void> => {
    try {
      await onClick();
      setState('done');
    } catch {
      setState('failed');
    }
    setTimeout(() => setState(''), 1_500);
  };
  return (
    <button type="button" class="quiet" onClick={run}>
      {text}
      <span aria-live="polite">
        {state === 'done' ? ' ✓' : state === 'failed' ? ' (refused by the browser)' : ''}
      </span>
    </button>
  );
}
