import { useState } from 'preact/hooks';
import { ApiError, type Problem } from '../api.js';

/** Runs calls that change something, and keeps what the server said against the last of them. */
export function useCall(): [Problem | undefined, (call: () => Promise<void>) => Promise<void>] {
  const [problem, setProblem] = useState<Problem>();
  const run = async (call: () => Promise<void>): Promise<void> => {
    try {
      await call();
      setProblem(undefined);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.problem);
    }
  };
  return [problem, run];
}
