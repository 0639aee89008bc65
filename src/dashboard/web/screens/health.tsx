/** Health: the parts Weir is made of, and the books of the last day. */
import type { ComponentChildren } from 'preact';
import { formatCount, formatNumber, formatSeconds } from '../format.js';
import { ProblemNote } from '../ui/problem.js';
import { useBooks, useReport } from './integrity.js';
import { useReady } from './ready.js';

/** What the tables take before there is anything in them. */
const ROW_HEIGHT = 33;
const PARTS = 5;

export const Health = () => (
  <div class="columns">
    <Parts />
    <Books />
  </div>
);

const Waiting = ({ rows }: { rows: number }) => (
  <div class="skeleton" style={{ height: `${rows * ROW_HEIGHT}px` }} />
);

function Parts() {
  const ready = useReady();
  return (
    <section class="panel" aria-label="Parts" aria-busy={ready === undefined}>
      <h2>Parts</h2>
      {ready === undefined && <Waiting rows={PARTS} />}
      {ready === null && (
        <p class="problem" role="alert">
          Weir cannot be reached at this address. Events that were acknowledged are safe. Start it again; this
          page looks every few seconds.
        </p>
      )}
      {ready && (
        <table aria-label="Parts">
          <tbody>
            {Object.entries(ready.parts).map(([name, part]) => (
              <Row key={name} name={name} ok={part.status === 'ok'}>
                {part.status === 'ok' ? 'works' : part.status} {part.detail}
                {part.status === 'ok' &&
                  part.lag_ms !== undefined &&
                  `, lag ${formatSeconds(part.lag_ms / 1_000)}`}
              </Row>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

const Row = ({ name, ok, children }: { name: string; ok: boolean; children: ComponentChildren }) => (
  <tr>
    <th scope="row">{name}</th>
    <td class={ok ? 'state-ok' : 'state-bad'}>{children}</td>
  </tr>
);

/** What each number is, for those who have not read how events are counted. */
const NUMBERS = [
  ['accepted', 'acknowledged to whoever sent them'],
  ['stored', 'in the table, once each'],
  ['duplicates', 'sent again, recognised'],
  ['rejected', 'kept with their reason'],
  ['pending', 'on their way'],
] as const;

function Books() {
  const { data, problem } = useBooks();
  return (
    <section class="panel" aria-label="Integrity, last 24 hours" aria-busy={!data && !problem}>
      <h2>Integrity, last 24 hours</h2>
      {problem && <ProblemNote problem={problem} />}
      {!data && !problem && <Waiting rows={NUMBERS.length + 2} />}
      {data && (
        <>
          <p class={data.ok ? 'state-ok' : 'state-bad'}>
            {data.ok
              ? 'Every accepted event has exactly one outcome.'
              : 'The numbers do not add up: run "weir verify" for the events concerned.'}
          </p>
          <table aria-label="Integrity">
            <tbody>
              {NUMBERS.map(([name, about]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td class="muted wraps">{about}</td>
                  <td class="number">{formatNumber(data[name])}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <Rollups />
        </>
      )}
    </section>
  );
}

/** Of the rollups, which take longer to compare: said when it is known. */
function Rollups() {
  const { data, problem } = useReport();
  if (!data)
    return <p class="muted under">{problem ? problem.detail : 'Comparing rollups with the events…'}</p>;
  const wrong = data.rollups.filter(({ ok }) => !ok);
  if (wrong.length > 0)
    return (
      <p class="state-bad under">
        {wrong.map(({ name }) => name).join(', ')}: not equal to the events. Run "weir verify".
      </p>
    );
  return (
    <p class="under muted">
      {data.rollups.length === 0
        ? 'No rollup yet: metrics that are saved get one.'
        : `${formatCount(data.rollups.length, 'rollup is', 'rollups are')} equal to the events.`}
    </p>
  );
}
