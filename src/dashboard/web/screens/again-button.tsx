import type { Problem } from '../api.js';

/** Asks once more when it was not the question that was wrong: the server could not be reached, or had no time. */
export const AgainButton = ({ problem, onClick }: { problem: Problem | undefined; onClick: () => void }) =>
  problem && (problem.status === 0 || problem.status >= 500) ? (
    <button type="button" class="again" onClick={onClick}>
      Ask again
    </button>
  ) : null;
