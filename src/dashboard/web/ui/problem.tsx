import type { Problem } from '../api.js';
import { Notices } from './notices.js';
import { isBehindLink } from './place-link.js';

/** Said instead of the names that HTTP has for them. */
const TITLES: Readonly<Record<number, string>> = {
  400: 'This cannot be read',
  403: 'This key may not do that',
  404: 'It is not there',
  409: 'Something is in the way',
  413: 'This is too large',
  422: 'It cannot be asked like this',
  429: 'Too much at once',
  503: 'Not to be had at this moment',
};

/** The detail of a refused question is its first mistakes in one line. */
const isSaidBelow = ({ detail, errors }: Problem): boolean =>
  errors.some(({ message }) => message !== '' && detail.includes(message));

/** What went wrong, in the server's words, with the places it names, and the way on. */
export function ProblemNote({ problem }: { problem: Problem }) {
  return (
    <div class="problem" role="alert">
      <h2>{TITLES[problem.status] ?? (problem.title || `Answer ${problem.status}`)}</h2>
      {isSaidBelow(problem) || <p>{problem.detail}</p>}
      {problem.errors.length > 0 && <Notices label="What is wrong" notices={problem.errors} />}
      <WayOn status={problem.status} />
    </div>
  );
}

/** What the reader can do about it on this page. */
function WayOn({ status }: { status: number }) {
  if (isBehindLink()) return null;
  const [, place, item] = location.pathname.split('/');
  if (status === 404 && item)
    return (
      <p>
        <a href={`/${place}`}>Those there are</a>
      </p>
    );
  if (status === 403)
    return (
      <p>
        Whoever has a key with the scope "admin" makes another at <a href="/settings">Settings</a>; there this
        browser can also be given one.
      </p>
    );
  return null;
}
