import type { Status } from './alert-words.js';

const MARKS: Readonly<Record<Status, readonly [mark: string, look: string]>> = {
  firing: ['●', 'state-bad'],
  pending: ['◐', ''],
  resolved: ['○', 'state-ok'],
  ok: ['○', 'muted'],
};

/** A state by shape, colour and word. */
export const StatusMark = ({ status }: { status: Status }) => (
  <b class={MARKS[status][1]}>
    <span aria-hidden="true">{MARKS[status][0]}</span> {status}
  </b>
);
