/** Every question has one shape: what is asked on the left, the answer on the right. */
import type { ComponentChildren } from 'preact';

export function Question({ ask, children }: { ask: ComponentChildren; children: ComponentChildren }) {
  return (
    <div class="question">
      <form class="panel ask" aria-label="What is asked" onSubmit={(event) => event.preventDefault()}>
        {ask}
      </form>
      <div class="answers">{children}</div>
    </div>
  );
}
