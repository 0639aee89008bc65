/** Every question has one shape: what is asked on the left, the answer on the right. On a phone the asking folds away. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Notice } from '../api.js';
import { Said } from './notices.js';

/** The same width as in styles/phone.css. */
const PHONE = '(max-width: 760px)';

/** On a phone a question that came with the address shows its answer first. */
const startsOpen = (folded: boolean): boolean =>
  !matchMedia(PHONE).matches || !(folded || /[?&](?:q|ask)=/.test(location.search));

interface Props {
  ask: ComponentChildren;
  /** There is an answer before anything is asked: on a phone it comes first. */
  folded?: boolean;
  /** What the server says of the question. */
  notices?: readonly Notice[];
  children: ComponentChildren;
}

export function Question({ ask, folded = false, notices = [], children }: Props) {
  const [open] = useState(() => startsOpen(folded));
  return (
    <div class="question">
      <details class="panel fold" open={open}>
        <summary>What is asked</summary>
        <form class="ask" aria-label="What is asked" onSubmit={(event) => event.preventDefault()}>
          <Said.Provider value={notices}>{ask}</Said.Provider>
        </form>
      </details>
      <div class="answers">{children}</div>
    </div>
  );
}
