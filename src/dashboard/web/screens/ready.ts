/** Whether the parts Weir is made of work. */
import { useEffect, useState } from 'preact/hooks';

interface Part {
  status: string;
  detail?: string;
  /** Of ingest: how long the oldest waiting event waits, in ms. */
  lag_ms?: number;
}

export interface Ready {
  status: string;
  parts: Record<string, Part>;
}

const REFRESH_MS = 5_000;

/** Undefined until it is known; null when Weir cannot be reached. Read whatever its status: it is 503 with the same body when a part is down. */
export function useReady(): Ready | null | undefined {
  const [ready, setReady] = useState<Ready | null>();
  useEffect(() => {
    const read = (): void => {
      if (document.hidden) return;
      fetch('/health/ready')
        .then((response) => response.json() as Promise<Ready>)
        .then(setReady, () => setReady(null));
    };
    read();
    const timer = setInterval(read, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  return ready;
}
