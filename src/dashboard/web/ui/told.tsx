/**
 * What is pointed at, tapped or focused says its numbers in a line of their own: a browser's own titles come late, and on a screen
 * that is touched not at all. The line is kept free, so nothing moves.
 */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface Props {
  /** Said while nothing is pointed at. */
  idle: string;
  children: ComponentChildren;
}

/** The title of the element, or of what it lies in; of a drawing the element `title` in it. */
function findTitle(target: EventTarget | null): string {
  const titled = target instanceof Element ? target.closest('[title], :has(> title)') : null;
  return titled?.getAttribute('title') ?? titled?.querySelector(':scope > title')?.textContent ?? '';
}

export function Told({ idle, children }: Props) {
  const [text, setText] = useState('');
  const look = (event: Event): void => setText(findTitle(event.target));
  // A finger leaves with every tap; what it tapped stays said.
  const leave = (event: PointerEvent): void => {
    if (event.pointerType === 'mouse') setText('');
  };
  return (
    // Whoever listens instead of looking finds every number in the text or the label of what is drawn.
    <div class="telling" onPointerOver={look} onPointerDown={look} onPointerLeave={leave}>
      {children}
      <p class="told" aria-hidden="true">
        {text || idle}
      </p>
    </div>
  );
}
