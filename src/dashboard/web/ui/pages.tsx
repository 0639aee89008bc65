/** Lists that come page by page: the first at once, the next when the reader asks for them. */
import { useEffect, useState } from 'preact/hooks';
import { ApiError, callApi, type Problem } from '../api.js';

interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

export interface Pages<T> {
  /** Undefined until the first page is there. */
  rows: readonly T[] | undefined;
  problem: Problem | undefined;
  /** Reads the next page; undefined when there is none. */
  more: (() => Promise<void>) | undefined;
}

/** Reads a list. `version` reads it anew when it changes. */
export function usePages<T>(path: string, version = 0): Pages<T> {
  const [rows, setRows] = useState<readonly T[]>();
  const [cursor, setCursor] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem>();
  const read = async (after: string | null, signal?: AbortSignal): Promise<void> => {
    const joint = path.includes('?') ? '&' : '?';
    try {
      const page = await callApi<Page<T>>(
        after === null ? path : `${path}${joint}cursor=${encodeURIComponent(after)}`,
        signal ? { signal } : {},
      );
      setRows((old) => [...(after === null ? [] : (old ?? [])), ...page.data]);
      setCursor(page.next_cursor);
      setProblem(undefined);
    } catch (error) {
      if (signal?.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.problem);
    }
  };
  useEffect(() => {
    const aborter = new AbortController();
    read(null, aborter.signal);
    return () => aborter.abort();
  }, [path, version]);
  return { rows, problem, more: cursor === null ? undefined : () => read(cursor) };
}

export const MoreButton = ({ more }: Pick<Pages<unknown>, 'more'>) =>
  more ? (
    <button type="button" onClick={more}>
      Show more
    </button>
  ) : null;
