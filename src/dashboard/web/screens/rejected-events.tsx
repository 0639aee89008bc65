/** Rejected events with their reasons: found by type and code, and replayed once the cause is mended. */
import { useState } from 'preact/hooks';
import { callApi } from '../api.js';
import { formatNumber, formatTime } from '../format.js';
import { useCall } from '../ui/call.js';
import { TextInput } from '../ui/fields.js';
import { MoreButton, usePages } from '../ui/pages.js';
import { ProblemNote } from '../ui/problem.js';
import { Code } from '../ui/scroll.js';

interface Rejected {
  received_at: string;
  event: string;
  event_id: string;
  code: string;
  path: string;
  message: string;
  raw?: unknown;
}

interface Replay {
  replayed: number;
}

export function RejectedEvents() {
  const [event, setEvent] = useState('');
  const [code, setCode] = useState('');
  const [version, setVersion] = useState(0);
  const [replayed, setReplayed] = useState<number>();
  const [failed, run] = useCall();
  const filter = Object.entries({ event, code }).filter(([, value]) => value !== '');
  const query = new URLSearchParams([...filter, ['limit', '50']]);
  const { rows, problem, more } = usePages<Rejected>(`/v1/rejected-events?${query}`, version);
  const replay = (): Promise<void> =>
    run(async () => {
      const answer = await callApi<Replay>('/v1/rejected-events/replay', {
        body: Object.fromEntries(filter),
      });
      setReplayed(answer.replayed);
      setVersion(version + 1);
    });
  return (
    <section class="panel next">
      <h2>Rejected events</h2>
      <div class="row">
        <TextInput label="Type" value={event} placeholder="any" onChange={setEvent} />
        <TextInput label="Code" value={code} placeholder="any" onChange={setCode} />
        <button type="button" onClick={replay} disabled={rows === undefined || rows.length === 0}>
          Replay these
        </button>
      </div>
      {replayed !== undefined && (
        <p role="status">
          {formatNumber(replayed)} sent through the pipeline again; those that still break the rules come back
          here.
        </p>
      )}
      {(failed ?? problem) && <ProblemNote problem={(failed ?? problem)!} />}
      {rows?.length === 0 && (
        <p class="empty">
          None. A rejected event is kept here with its reason and can be replayed once the cause is mended.
        </p>
      )}
      {rows?.map((row) => (
        <details class="happening" key={`${row.received_at} ${row.event_id} ${row.path}`}>
          <summary>
            <b>{row.event || '(no type)'}</b> <code>{row.path || row.code}</code> {row.message}{' '}
            <span class="muted">{formatTime(row.received_at)}</span>
          </summary>
          <Code>{JSON.stringify(row, null, 2)}</Code>
        </details>
      ))}
      <MoreButton more={more} />
    </section>
  );
}
