/** What stands where an answer will be: of a project without events also how to send the first. */
import type { ComponentChildren } from 'preact';
import { formatCurl, readKey } from '../api.js';
import { useEventsSeen } from './catalogue.js';
import { copyText } from './pictures.js';
import { ProblemNote } from './problem.js';
import { QuietButton } from './quiet-button.js';
import { Code } from './scroll.js';

/** The line a newcomer can send as it stands: with the key this page was opened with. */
export function FirstEvent({ place }: { place: ComponentChildren }) {
  const event = { event: 'page_viewed', user_id: 'me', properties: { path: '/' } };
  const line = formatCurl('/v1/events', event).replace('$WEIR_KEY', readKey() ?? '');
  return (
    <>
      <p>No events yet. Send the first one and watch it appear {place}:</p>
      <Code>{line}</Code>
      <p>
        <QuietButton text="Copy the line" onClick={() => copyText(line)} /> It has the key you opened this
        page with. A key that may only read is refused: <a href="/settings">Settings</a> makes one with the
        scope "write".
      </p>
    </>
  );
}

/** Nothing was asked yet: what will be here, unless there is nothing to ask about, or no way to know. */
export function Empty({ children }: { children: ComponentChildren }) {
  const { data, problem } = useEventsSeen();
  if (problem) return <ProblemNote problem={problem} />;
  if (!data) return null;
  return (
    <div class="empty">
      {children}
      {data.data.length === 0 && <FirstEvent place={<a href="/live">on Live</a>} />}
    </div>
  );
}
