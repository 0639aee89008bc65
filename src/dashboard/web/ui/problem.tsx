import type { Problem } from '../api.js';

/** What went wrong, in the server's words, with the places it names. */
export function ProblemNote({ problem }: { problem: Problem }) {
  return (
    <div class="problem" role="alert">
      <h2>{problem.title || `Answer ${problem.status}`}</h2>
      <p>{problem.detail}</p>
      {problem.errors.length > 0 && (
        <ul>
          {problem.errors.map((error) => (
            <li key={`${error.path} ${error.code} ${error.message}`}>
              <code>{error.path}</code> {error.message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
