import { useEffect, useState } from 'preact/hooks';
import { useAnswer } from '../api.js';
import { formatNumber } from '../format.js';
import { ProblemNote } from '../ui/problem.js';

interface Ready {
  status: string;
  parts: Record<string, { status: string; detail?: string }>;
}

interface Integrity {
  accepted: number;
  stored: number;
  duplicates: number;
  rejected: number;
  pending: number;
  ok: boolean;
}

const REFRESH_MS = 5_000;

/** /health/ready answers 503 with the same body when a part is down, so it is read whatever its status. */
function useReady(): Ready | undefined {
  const [ready, setReady] = useState<Ready>();
  useEffect(() => {
    const read = (): void => {
      fetch('/health/ready')
        .then((response) => response.json() as Promise<Ready>)
        .then(setReady, () => setReady(undefined));
    };
    read();
    const timer = setInterval(read, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  return ready;
}

export function Health() {
  const ready = useReady();
  const integrity = useAnswer<Integrity>({ path: '/v1/integrity' }, REFRESH_MS);
  return (
    <div class="columns">
      <section class="panel">
        <h2>Parts</h2>
        <table>
          <tbody>
            {Object.entries(ready?.parts ?? {}).map(([name, part]) => (
              <tr key={name}>
                <td>{name}</td>
                <td class={part.status === 'ok' ? 'state-ok' : 'state-bad'}>
                  {part.status === 'ok' ? 'works' : part.status}
                </td>
                <td>{part.detail ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section class="panel">
        <h2>Integrity, last 24 hours</h2>
        {integrity.problem && <ProblemNote problem={integrity.problem} />}
        {integrity.data && (
          <>
            <p class={integrity.data.ok ? 'state-ok' : 'state-bad'}>
              {integrity.data.ok
                ? 'Every accepted event has exactly one outcome.'
                : 'The numbers do not add up: run "weir verify" for the events concerned.'}
            </p>
            <table>
              <tbody>
                {(['accepted', 'stored', 'duplicates', 'rejected', 'pending'] as const).map((name) => (
                  <tr key={name}>
                    <td>{name}</td>
                    <td class="number">{formatNumber(integrity.data?.[name])}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
      </section>
    </div>
  );
}
