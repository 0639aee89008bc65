/** What a question would run and cost, without running it. */
import { type Request, useAnswer } from '../api.js';
import { formatNumber } from '../format.js';
import { Dialog } from './dialog.js';
import { copyText } from './pictures.js';
import { ProblemNote } from './problem.js';
import { QuietButton } from './quiet-button.js';

interface Explanation {
  plan: unknown;
  sql: string[];
  params: unknown[];
  estimate: { rows: number; parts: number };
  limit: { rows: number };
}

export function ExplainDialog({ request, onClose }: { request: Request; onClose: () => void }) {
  const path = `${request.path}${request.path.includes('?') ? '&' : '?'}explain=1`;
  const { data, problem } = useAnswer<Explanation>({ path, body: request.body });
  return (
    <Dialog title="What this question runs" onClose={onClose}>
      {problem && <ProblemNote problem={problem} />}
      {!data && !problem && <div class="skeleton" style={{ height: '200px' }} />}
      {data && (
        <>
          <p>
            Reads about {formatNumber(data.estimate.rows)} rows of at most {formatNumber(data.limit.rows)}.
          </p>
          {data.sql.map((sql, i) => (
            <details key={sql} open={i === 0}>
              <summary>
                Statement {i + 1} of {data.sql.length}
              </summary>
              <QuietButton text="Copy SQL" onClick={() => copyText(sql)} />
              <pre class="tall">{sql}</pre>
              <pre>{JSON.stringify(data.params[i], null, 1)}</pre>
            </details>
          ))}
          <details>
            <summary>Plan</summary>
            <pre class="tall">{JSON.stringify(data.plan, null, 2)}</pre>
          </details>
        </>
      )}
    </Dialog>
  );
}
