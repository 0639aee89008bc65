/**
 * A table that sorts by its columns and draws only the rows in sight, so that 100,000 of them cost no more than fifty. Rows are of
 * one height; above `WHOLE_ROWS` the table scrolls inside a box of its own.
 */
import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { Cell } from './pictures.js';
import { Scroll } from './scroll.js';

interface Column {
  name: string;
  number?: boolean;
}

interface Props {
  /** What the table is, for those who cannot see it. */
  label: string;
  columns: readonly Column[];
  rows: readonly (readonly Cell[])[];
  format: (cell: Cell, column: number, row: readonly Cell[]) => ComponentChildren;
}

/** Rows drawn as they are, without a box. */
const WHOLE_ROWS = 100;
const ROW_HEIGHT = 33;
const BOX_HEIGHT = 480;
/** Rows drawn above and below those in sight, so that quick scrolling shows no gap. */
const MARGIN_ROWS = 10;

interface Order {
  column: number;
  falling: boolean;
}

function compareCells(a: Cell, b: Cell): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b));
}

export function DataTable({ label, columns, rows, format }: Props) {
  const [order, setOrder] = useState<Order>();
  const [top, setTop] = useState(0);
  const sorted = useMemo(() => {
    if (!order) return rows;
    const { column, falling } = order;
    return rows.toSorted((a, b) => (falling ? -1 : 1) * compareCells(a[column]!, b[column]!));
  }, [rows, order]);
  const whole = rows.length <= WHOLE_ROWS;
  const first = whole ? 0 : Math.max(0, Math.floor(top / ROW_HEIGHT) - MARGIN_ROWS);
  const last = whole
    ? rows.length
    : Math.min(rows.length, Math.ceil((top + BOX_HEIGHT) / ROW_HEIGHT) + MARGIN_ROWS);
  return (
    <Scroll class={whole ? '' : 'boxed'} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      <table aria-label={label} aria-rowcount={rows.length + 1}>
        <Head columns={columns} order={order} onOrder={setOrder} />
        <tbody>
          {first > 0 && <Gap rows={first} />}
          {sorted.slice(first, last).map((row, i) => (
            <tr key={first + i} aria-rowindex={first + i + 2}>
              {row.map((cell, column) => (
                <td key={columns[column]!.name} class={columns[column]!.number ? 'number' : undefined}>
                  {format(cell, column, row)}
                </td>
              ))}
            </tr>
          ))}
          {last < rows.length && <Gap rows={rows.length - last} />}
        </tbody>
      </table>
    </Scroll>
  );
}

const Gap = ({ rows }: { rows: number }) => (
  <tr>
    <td class="spacer" style={{ height: `${rows * ROW_HEIGHT}px` }} />
  </tr>
);

interface HeadProps {
  columns: readonly Column[];
  order: Order | undefined;
  onOrder: (order: Order) => void;
}

function Head({ columns, order, onOrder }: HeadProps) {
  return (
    <thead>
      <tr>
        {columns.map(({ name, number }, column) => {
          const active = order?.column === column;
          return (
            <th
              key={name}
              class={number ? 'number' : undefined}
              aria-sort={active ? (order.falling ? 'descending' : 'ascending') : undefined}
            >
              <button
                type="button"
                class="sort"
                onClick={() => onOrder({ column, falling: active ? !order.falling : number === true })}
              >
                {name}
                {active ? (order.falling ? ' ↓' : ' ↑') : ''}
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
