/** How patterns are drawn: sequences with the shares of those who do them, and groups by behaviour in words. */
import { useState } from 'preact/hooks';
import type { Meta } from '../api.js';
import { SharePair, ShareStrip } from '../charts/shares.js';
import { formatNumber, formatPercent, formatShort } from '../format.js';
import { colourOf } from '../palette.js';
import { addressOf } from '../route.js';
import { DataTable } from '../ui/data-table.js';
import type { Cell } from '../ui/pictures.js';
import { formatP } from '../views/experiment-words.js';
import { type AskedCriterion, EMPTY_CRITERION } from './cohort-criteria.js';

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

/** Sequences shown before one asks for all. */
const SHOWN = 12;

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

interface SequencesProps {
  answer: PatternAnswer;
  /** The cohort's id, and what its sequences had to reach, in per cent. */
  cohort: string;
  support: string;
  /** Event types whose sequences are not shown. */
  leftOut: readonly string[];
}

export function Sequences({ answer, cohort, support, leftOut }: SequencesProps) {
  const [all, setAll] = useState(false);
  const { found, sample } = answer;
  const sequences = answer.sequences.filter((one) => !one.sequence.some((event) => leftOut.includes(event)));
  const shown = all ? sequences : sequences.slice(0, SHOWN);
  return (
    <section aria-label="Sequences">
      <h3>Sequences</h3>
      {sequences.length === 0 && (
        <p class="empty">
          No sequence is done by {support} % of them
          {answer.sequences.length > 0 && ` but those with ${leftOut.join(', ')}`}. Lower that share, or
          choose a longer range.
        </p>
      )}
      {sequences.length > 0 && (
        <>
          <p class="muted">
            {describeFound(sequences.length, found, leftOut)} {describeCompared(sample)}
          </p>
          <SequenceTable sequences={shown} cohort={cohort} />
          {sequences.length > SHOWN && (
            <p class="take">
              <button type="button" class="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
                {all ? `The first ${SHOWN} only` : `Show all ${sequences.length}`}
              </button>
            </p>
          )}
        </>
      )}
      <Limits answer={answer} />
    </section>
  );
}

function describeFound(told: number, found: number, leftOut: readonly string[]): string {
  if (told === found) return `${formatNumber(found)} sequences, those that differ most surely first.`;
  const without = leftOut.length === 0 ? '' : `, without ${leftOut.join(', ')}`;
  return `${formatNumber(told)} of ${formatNumber(found)} sequences${without}, those that differ most surely first.`;
}

const describeCompared = ({ of_members, of_others }: PatternAnswer['sample']): string =>
  of_others === 0
    ? 'Everybody who did something in this range belongs to the cohort: there is nobody to compare with.'
    : `${formatNumber(of_members)} of the cohort and ${formatNumber(of_others)} others did something in this range.`;

function SequenceTable({ sequences, cohort }: { sequences: readonly Sequence[]; cohort: string }) {
  const found = new Map(sequences.map((one) => [nameSequence(one), one]));
  return (
    <DataTable
      label="Sequences"
      columns={COLUMNS}
      rows={sequences.map((one) => [
        nameSequence(one),
        one.support,
        one.others_support,
        one.lift,
        one.support - (one.others_support ?? 0),
        one.adjusted_p_value,
      ])}
      format={(cell, column, row) => formatCell(found.get(String(row[NAME]))!, cell, column, cohort)}
    />
  );
}

function formatCell(one: Sequence, cell: Cell, column: number, cohort: string) {
  switch (column) {
    case NAME:
      return (
        <a class="way" href={addressOfDoers(cohort, one)} title="Describe a cohort of those who do this">
          {cell}
        </a>
      );
    case INSIDE:
      return <span title={`${formatNumber(one.count)} people`}>{formatPercent(one.support)}</span>;
    case OUTSIDE:
      return (
        <span title={`${formatNumber(one.others_count)} people`}>{formatPercent(one.others_support)}</span>
      );
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
      `Looked at ${formatNumber(sample.members)} of the cohort and ${formatNumber(sample.others)} others, a sample that is the same each time.`,
    truncated > 0 &&
      `Of ${formatNumber(truncated)} people only the first 500 events were looked at: choose a shorter range to see all.`,
  ].filter((one) => one !== false);
  return said.length === 0 ? null : <p class="muted">{said.join(' ')}</p>;
}

export function Groups({ answer: { behaviour } }: { answer: PatternAnswer }) {
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
              ? `By what they do, how often and how regularly, ${formatNumber(behaviour.clustered)} people fall into ${behaviour.clusters.length} groups.`
              : `${formatNumber(behaviour.clustered)} people are one crowd rather than groups that lie apart (silhouette ${formatShort(behaviour.silhouette)}): read these as its parts.`}
          </p>
          <ShareStrip
            label="Groups by behaviour"
            parts={behaviour.clusters.map(({ share }, i) => ({
              name: `group ${i + 1}`,
              share,
              colour: colourOf(`group ${i + 1}`),
            }))}
          />
          <ol class="groups" aria-label="Groups by behaviour">
            {behaviour.clusters.map((group, i) => (
              <li key={i}>
                <b>
                  <i class="swatch" style={{ background: colourOf(`group ${i + 1}`) }} />
                  {formatPercent(group.share)}
                </b>{' '}
                <span class="muted">{formatNumber(group.people)} people</span>
                <p>{group.description}</p>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}
