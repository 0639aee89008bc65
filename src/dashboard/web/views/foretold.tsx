/** What the models trained last say of a cohort: how many are about to leave, and what they will be worth. */
import type { ComponentChildren } from 'preact';
import { addressOf } from '../address.js';
import type { Meta } from '../api.js';
import { type Part, ShareStrip } from '../charts/shares.js';
import { formatCount, formatNumber, formatPercent, formatShort, formatTime } from '../format.js';
import { isBehindLink, PlaceLink } from '../ui/place-link.js';
import { Told } from '../ui/told.js';
import type { ViewProps } from './view.js';

export interface Said {
  model: { id: string; name: string; version: number; trained_at: string };
  as_of: string;
  horizon_days: number;
  predicts: boolean;
  /** Why nothing is said. */
  reason?: string;
}

interface ChurnSaid extends Said {
  people: number;
  mean_risk: number | null;
  expected_leavers: number;
  likely_leavers: number;
}

interface LtvSaid extends Said {
  people: number;
  expected_alive: number;
  expected_purchases: number;
  expected_value: number | null;
  value_per_person: number | null;
}

/** There is no model of the kind, or none that was trained. */
interface Unsaid {
  model: null;
  predicts: false;
  reason: string;
}

export interface ForetoldAnswer {
  size: number;
  churn: ChurnSaid | Unsaid;
  ltv: LtvSaid | Unsaid;
  meta: Meta;
}

export function ForetoldView({ data }: ViewProps) {
  const { churn, ltv, size } = data as ForetoldAnswer;
  return (
    <Told idle="">
      <div class="beside">
        <Churn said={churn} size={size} />
        <Ltv said={ltv} size={size} />
      </div>
    </Told>
  );
}

const LEAVES = { name: 'leave', colour: 'var(--bad)' };
const STAYS = { name: 'stay', colour: 'var(--accent)' };

function Churn({ said, size }: { said: ChurnSaid | Unsaid; size: number }) {
  const title = 'Who is about to leave';
  if (!said.model)
    return <NoModel title={title} said={said} kind="churn" what="how many of them are about to leave" />;
  if (!said.predicts || said.people === 0) return <Silent title={title} said={said} size={size} />;
  const share = said.expected_leavers / said.people;
  return (
    <Foretold title={title} said={said} size={size}>
      <Big number={said.expected_leavers} name="expected to leave" />
      <ShareStrip label={title} parts={[part(LEAVES, share), part(STAYS, 1 - share)]} />
      <p>
        {formatPercent(said.mean_risk)} risk on average; {formatNumber(said.likely_leavers)} of{' '}
        {formatNumber(said.people)} are more likely to leave than to stay.
      </p>
    </Foretold>
  );
}

function Ltv({ said, size }: { said: LtvSaid | Unsaid; size: number }) {
  const title = 'What they will be worth';
  if (!said.model)
    return <NoModel title={title} said={said} kind="ltv" what="what they will buy and be worth" />;
  if (!said.predicts || said.people === 0) return <Silent title={title} said={said} size={size} />;
  const share = said.expected_alive / said.people;
  return (
    <Foretold title={title} said={said} size={size}>
      {said.expected_value === null ? (
        <Big number={said.expected_purchases} name="purchases expected" />
      ) : (
        <Big number={said.expected_value} name="expected value" />
      )}
      <ShareStrip
        label="Still customers"
        parts={[
          part({ name: 'still customers', colour: 'var(--accent)' }, share),
          part({ name: 'gone', colour: 'var(--border)' }, 1 - share),
        ]}
      />
      <p>
        {said.value_per_person !== null && (
          <>
            <Exact number={said.value_per_person} /> a person,{' '}
          </>
        )}
        <Exact number={said.expected_purchases} /> purchases; <Exact number={said.expected_alive} /> of{' '}
        {formatNumber(said.people)} are expected to be customers still.
      </p>
    </Foretold>
  );
}

const part = (of: Pick<Part, 'name' | 'colour'>, share: number): Part => ({ ...of, share });

/** Three digits, the others on hover. */
const Exact = ({ number }: { number: number }) => (
  <span title={formatNumber(number)}>{formatShort(number)}</span>
);

const Big = ({ number, name }: { number: number; name: string }) => (
  <div class="tile">
    <div class="value">
      <Exact number={number} />
    </div>
    <div class="name">{name}</div>
  </div>
);

interface ForetoldProps {
  title: string;
  said: Said & { people: number };
  size: number;
  children: ComponentChildren;
}

const ModelLink = ({ said: { model } }: { said: Said }) => (
  <PlaceLink href={addressOf('predictions', undefined, model.id)}>{model.name}</PlaceLink>
);

const Foretold = ({ title, said, size, children }: ForetoldProps) => (
  <section aria-label={title}>
    <h3>{title}</h3>
    {children}
    <p class="muted">
      In the {formatCount(said.horizon_days, 'day')} after {said.as_of.slice(0, 10)}, by{' '}
      <ModelLink said={said} />, version {said.model.version}, trained {formatTime(said.model.trained_at)}.
      {said.people < size &&
        ` It knows ${formatNumber(said.people)} of the ${formatNumber(size)} who belong now; of the others it says nothing.`}
    </p>
  </section>
);

/** A model that says nothing of these people, and what can be done. */
function Silent({ title, said, size }: { title: string; said: Said; size: number }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <p class="empty">
        {said.predicts ? (
          <>
            <ModelLink said={said} /> knows none of the {formatNumber(size)} who belong now: it speaks of
            those who did its event before {said.as_of.slice(0, 10)}. Train it again, or make one of an event
            that they do.
          </>
        ) : said.reason === 'baseline_wins' ? (
          <>
            <ModelLink said={said} /> foretold no better than can be done without a model, so it says nothing.
            Its scoreboard tells by how much; more history or another event may help.
          </>
        ) : (
          <>
            Nothing to say: {said.reason} (<ModelLink said={said} />
            ).
          </>
        )}
      </p>
    </section>
  );
}

interface NoModelProps {
  title: string;
  said: Unsaid;
  kind: string;
  what: string;
}

const NoModel = ({ title, said, kind, what }: NoModelProps) => (
  <section aria-label={title}>
    <h3>{title}</h3>
    <p class="empty">
      Nothing to say: {said.reason}.{' '}
      {!isBehindLink() && (
        <>
          <a href={addressOf('predictions', { kind })}>Make one and save it</a>: {what} appears here.
        </>
      )}
    </p>
  </section>
);
