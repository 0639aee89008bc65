import { useState } from 'preact/hooks';

/** A button for what cannot be undone: it asks once more in its own place. */
export function SureButton({ text, sure, onClick }: { text: string; sure: string; onClick: () => void }) {
  const [asked, setAsked] = useState(false);
  return (
    <button
      type="button"
      class={asked ? 'bad' : 'quiet'}
      onBlur={() => setAsked(false)}
      onClick={() => {
        setAsked(!asked);
        if (asked) onClick();
      }}
    >
      {asked ? sure : text}
    </button>
  );
}
