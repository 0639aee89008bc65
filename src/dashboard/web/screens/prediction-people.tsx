/** People a model foretold something of, linked to all that is known of them. */
import { formatPercent } from '../format.js';
import { addressOf } from '../route.js';
import { DataTable } from '../ui/data-table.js';
import type { Cell } from '../ui/pictures.js';
import { formatExact } from '../views/prediction-parts.js';

export interface Foretold {
  person: string;
  risk?: number;
  factors?: { feature: string; contribution: number }[];
  expected_value?: number | null;
  expected_purchases?: number;
  probability_alive?: number;
}

const describeFactors = ({ factors }: Foretold): string =>
  (factors ?? [])
    .map(({ feature, contribution }) => `${feature} ${contribution > 0 ? '+' : ''}${contribution.toFixed(2)}`)
    .join(', ');

const CHURN_COLUMNS = [{ name: 'person' }, { name: 'risk to leave', number: true }, { name: 'because of' }];
const LTV_COLUMNS = [
  { name: 'person' },
  { name: 'still a customer', number: true },
  { name: 'purchases', number: true },
  { name: 'value', number: true },
];

const isChurn = (people: readonly Foretold[]): boolean => people[0]?.risk !== undefined;

const listCells = (people: readonly Foretold[]): Cell[][] =>
  people.map((one) =>
    isChurn(people)
      ? [one.person, one.risk ?? null, describeFactors(one)]
      : [
          one.person,
          one.probability_alive ?? null,
          one.expected_purchases ?? null,
          one.expected_value ?? null,
        ],
  );

/** Rows for a CSV file, header first. */
export const listForetold = (people: readonly Foretold[]): Cell[][] => [
  (isChurn(people) ? CHURN_COLUMNS : LTV_COLUMNS).map(({ name }) => name.replaceAll(' ', '_')),
  ...listCells(people),
];

export function ForetoldPeople({ people }: { people: readonly Foretold[] }) {
  if (people.length === 0) return null;
  const churn = isChurn(people);
  const title = churn ? 'Most at risk' : 'Worth most';
  return (
    <>
      <h3>{title}</h3>
      <DataTable
        label={title}
        columns={churn ? CHURN_COLUMNS : LTV_COLUMNS}
        rows={listCells(people)}
        format={(cell, column) => {
          if (column === 0) return <a href={addressOf('people', undefined, String(cell))}>{cell}</a>;
          if (typeof cell !== 'number') return cell;
          return column === 1 ? formatPercent(cell) : formatExact(cell, 2);
        }}
      />
    </>
  );
}
