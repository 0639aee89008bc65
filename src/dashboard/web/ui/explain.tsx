/** What a question would run and cost, without running it. */
import { type Request, useAnswer } from '../api.js';
import { formatCount, formatNumber } from '../format.js';
import { Dialog } from './dialog.js';
import { copyText } from './pictures.js';
import { ProblemNote } from './problem.js';
import { QuietButton } from './quiet-button.js';
import { Code } from './scroll.js';

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
            Reads about {formatCount(data.estimate.rows, 'row')} of at most {formatNumber(data.limit.rows)}.
          </p>
          {data.sql.map((sql, i) => (
            <details key={sql} open={i === 0}>
              <summary>
                Statement {i + 1} of {data.sql.length}
              </summary>
              <QuietButton text="Copy SQL" onClick={() => copyText(sql)} />
              <Code>{sql}</Code>
              <Code>{JSON.stringify(data.params[i], null, 1)}</Code>
            </details>
          ))}
          <details>
            <summary>Plan</summary>
            <Code>{JSON.stringify(data.plan, null, 2)}</Code>
          </details>
        </>
      )}
    </Dialog>
  );
}
