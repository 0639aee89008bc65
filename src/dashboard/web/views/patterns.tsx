/** How patterns are drawn: sequences with the shares of those who do them, and groups by behaviour in words. */
import { useState } from 'preact/hooks';
import { addressOf } from '../address.js';
import type { Meta } from '../api.js';
import { SharePair, ShareStrip } from '../charts/shares.js';
import { formatCount, formatNumber, formatPeople, formatPercent, formatShort } from '../format.js';
import { colourAt } from '../palette.js';
import { type AskedCriterion, EMPTY_CRITERION } from '../screens/cohort-criteria.js';
import { DataTable } from '../ui/data-table.js';
import type { Cell } from '../ui/pictures.js';
import { PlaceLink } from '../ui/place-link.js';
import { Told } from '../ui/told.js';
import { formatP } from './experiment-words.js';
import type { ViewProps } from './view.js';

interface Sequence {
  sequence: string[];
  count: number;
  support: number;
  others_count: number;
  others_support: number | null;
  lift: number | null;
  p_value: number | null;
  adjusted_p_value: number | null;
}

interface Group {
  people: number;
  share: number;
  description: string;
}

export interface PatternAnswer {
  /** The cohort, and the event types its criteria name: sequences with these say nothing new. */
  id: string;
  name: string;
  defining: string[];
  /** Most surely different first. */
  sequences: Sequence[];
  found: number;
  complete: boolean;
  behaviour: { silhouette: number; apart: boolean; clustered: number; clusters: Group[] } | null;
  truncated: number;
  sample: { members: number; of_members: number; others: number; of_others: number; complete: boolean };
  meta: Meta;
}

/** The builder, filled in with those of the cohort who do this, whenever. */
function addressOfDoers(cohort: string, { sequence: [event = '', ...next] }: Sequence): string {
  const done: AskedCriterion =
    next.length === 0
      ? { ...EMPTY_CRITERION, event, within: '' }
      : { ...EMPTY_CRITERION, kind: 'sequence', event, next, within: '' };
  return addressOf('cohorts', {
    joint: 'and',
    criteria: [{ ...EMPTY_CRITERION, kind: 'in_cohort', cohort }, done],
  });
}

/** Sequences shown before one asks for all, and on a tile. */
const SHOWN = 12;
const SHOWN_SMALL = 5;

const nameSequence = ({ sequence }: Sequence): string => sequence.join(' → ');

/** Rows for a CSV file, header first. */
export const listSequences = (sequences: readonly Sequence[]): Cell[][] => [
  ['sequence', 'count', 'support', 'others_count', 'others_support', 'lift', 'p_value', 'adjusted_p_value'],
  ...sequences.map((one) => [
    nameSequence(one),
    one.count,
    one.support,
    one.others_count,
    one.others_support,
    one.lift,
    one.p_value,
    one.adjusted_p_value,
  ]),
];

const COLUMNS = [
  { name: 'they do, in this order' },
  { name: 'of them', number: true },
  { name: 'of others', number: true },
  { name: 'lift', number: true },
  { name: 'apart' },
  { name: 'p, adjusted', number: true },
];
/** Places in COLUMNS. */
const [NAME, INSIDE, OUTSIDE, LIFT, APART] = [0, 1, 2, 3, 4];

/** What a cohort's people do that others do not, as a tile has it: the first sequences, and the groups. */
export function PatternsView({ data }: ViewProps) {
  const answer = data as PatternAnswer;
  return (
    <>
      <p>
        <PlaceLink href={addressOf('cohorts', undefined, answer.id)}>{answer.name}</PlaceLink>
      </p>
      <Sequences answer={answer} leftOut={answer.defining} compact />
      <Groups answer={answer} compact />
    </>
  );
}

interface SequencesProps {
  answer: PatternAnswer;
  /** What its sequences had to reach, in per cent. */
  support?: string;
  /** Event types whose sequences are not shown. */
  leftOut: readonly string[];
  compact?: boolean;
}

export function Sequences({ answer, support, leftOut, compact = false }: SequencesProps) {
  const [all, setAll] = useState(false);
  const { found, sample } = answer;
  const sequences = answer.sequences.filter((one) => !one.sequence.some((event) => leftOut.includes(event)));
  const most = compact ? SHOWN_SMALL : SHOWN;
  const shown = all ? sequences : sequences.slice(0, most);
  return (
    <section aria-label="Sequences">
      <h3>Sequences</h3>
      {sequences.length === 0 && (
        <p class="empty">
          No sequence is done by {support ? `${support} % of them` : 'enough of them'}
          {answer.sequences.length > 0 && ` but those with ${leftOut.join(', ')}`}. Lower that share, or
          choose a longer range.
        </p>
      )}
      {sequences.length > 0 && (
        <>
          <p class="muted">
            {describeFound(sequences.length, found, leftOut)} {describeCompared(sample)}
          </p>
          <Told idle="">
            <SequenceTable sequences={shown} cohort={answer.id} compact={compact} />
          </Told>
          {sequences.length > most && !compact && (
            <p class="take">
              <button type="button" class="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
                {all ? `The first ${most} only` : `Show all ${sequences.length}`}
              </button>
            </p>
          )}
        </>
      )}
      {!compact && <Limits answer={answer} />}
    </section>
  );
}

function describeFound(told: number, found: number, leftOut: readonly string[]): string {
  if (told === found) return `${formatCount(found, 'sequence')}, those that differ most surely first.`;
  const without = leftOut.length === 0 ? '' : `, without ${leftOut.join(', ')}`;
  return `${formatNumber(told)} of ${formatCount(found, 'sequence')}${without}, those that differ most surely first.`;
}

const describeCompared = ({ of_members, of_others }: PatternAnswer['sample']): string =>
  of_others === 0
    ? 'Everybody who did something in this range belongs to the cohort: there is nobody to compare with.'
    : `${formatNumber(of_members)} of the cohort and ${formatCount(of_others, 'other')} did something in this range.`;

interface TableProps {
  sequences: readonly Sequence[];
  /** The id of the cohort. */
  cohort: string;
  /** Without the columns that a tile has no room for. */
  compact: boolean;
}

function SequenceTable({ sequences, cohort, compact }: TableProps) {
  const found = new Map(sequences.map((one) => [nameSequence(one), one]));
  return (
    <DataTable
      label="Sequences"
      columns={COLUMNS.slice(0, compact ? APART : COLUMNS.length)}
      rows={sequences.map((one) => {
        const apart = [one.support - (one.others_support ?? 0), one.adjusted_p_value];
        return [nameSequence(one), one.support, one.others_support, one.lift, ...(compact ? [] : apart)];
      })}
      format={(cell, column, row) => formatCell(found.get(String(row[NAME]))!, cell, column, cohort)}
    />
  );
}

function formatCell(one: Sequence, cell: Cell, column: number, cohort: string) {
  switch (column) {
    case NAME:
      return (
        <PlaceLink
          class="way"
          href={addressOfDoers(cohort, one)}
          title="Describe a cohort of those who do this"
        >
          {cell}
        </PlaceLink>
      );
    case INSIDE:
      return <span title={formatPeople(one.count)}>{formatPercent(one.support)}</span>;
    case OUTSIDE:
      return <span title={formatPeople(one.others_count)}>{formatPercent(one.others_support)}</span>;
    case APART:
      return (
        <SharePair
          inside={one.support}
          outside={one.others_support}
          label={`${formatPercent(one.support)} of them, ${formatPercent(one.others_support)} of others`}
        />
      );
    case LIFT:
      return one.lift === null ? (
        'only they'
      ) : (
        <span title={formatNumber(one.lift)}>{formatShort(one.lift)} ×</span>
      );
    default:
      return formatP(one.adjusted_p_value);
  }
}

/** What the answer leaves out, each with what helps. */
function Limits({ answer: { complete, sample, truncated } }: { answer: PatternAnswer }) {
  const said = [
    !complete && 'The search ended at its limit: raise the least share, or look at shorter sequences.',
    !sample.complete &&
      `Looked at ${formatNumber(sample.members)} of the cohort and ${formatCount(sample.others, 'other')}, a sample that is the same each time.`,
    truncated > 0 &&
      `Of ${formatPeople(truncated)} only the first 500 events were looked at: choose a shorter range to see all.`,
  ].filter((one) => one !== false);
  return said.length === 0 ? null : <p class="muted">{said.join(' ')}</p>;
}

interface GroupsProps {
  answer: PatternAnswer;
  /** Groups are described when they are pointed at. */
  compact?: boolean;
}

export function Groups({ answer: { behaviour }, compact = false }: GroupsProps) {
  return (
    <section aria-label="Groups by behaviour" class="figure">
      <h3>Groups by behaviour</h3>
      {behaviour === null ? (
        <p class="empty">
          Fewer than 50 people did something in this range: too few to group. Choose a longer one.
        </p>
      ) : (
        <>
          <p class="muted">
            {behaviour.apart
              ? `By what they do, how often and how regularly, ${formatPeople(behaviour.clustered)} fall into ${formatCount(behaviour.clusters.length, 'group')}.`
              : `${formatPeople(behaviour.clustered)} are one crowd rather than groups that lie apart (silhouette ${formatShort(behaviour.silhouette)}): read these as its parts.`}
          </p>
          <Told idle="Point at a part to see what sets it apart.">
            <ShareStrip
              label="Groups by behaviour"
              parts={behaviour.clusters.map(({ share, description }, i) => ({
                name: `group ${i + 1}`,
                share,
                colour: colourAt(i),
                about: description,
              }))}
            />
          </Told>
          {!compact && <GroupList groups={behaviour.clusters} />}
        </>
      )}
    </section>
  );
}

const GroupList = ({ groups }: { groups: readonly Group[] }) => (
  <ol class="groups" aria-label="Groups by behaviour">
    {groups.map((group, i) => (
      <li key={i}>
        <b>
          <i class="swatch" style={{ background: colourAt(i) }} />
          {formatPercent(group.share)}
        </b>{' '}
        <span class="muted">{formatPeople(group.people)}</span>
        <p>{group.description}</p>
      </li>
    ))}
  </ol>
);
