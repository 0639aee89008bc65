/** What each person bought: computed in ClickHouse (sql/clickhouse/purchase-histories.sql), read here. */
import { type Collected, readCollected, readKey } from '../../query/collected.js';
import type { Buyer, Customer } from './model.js';

/** People the models are fitted and judged on; of more, a sample by hash. Fitting takes about 20 us a person and round. */
export const CUSTOMERS_MAX = 100_000;

/** Numbers of one row. */
const WIDTH = 9;

export interface Histories {
  /** Those who bought first within the calibration. */
  readonly customers: readonly Customer[];
  /** Everybody, as of the end. */
  readonly buyers: readonly Buyer[];
  /** Whether there were more than CUSTOMERS_MAX. */
  readonly sampled: boolean;
}

/** Reads the statement's result. */
export async function readHistories(result: Collected, calibrationDays: number): Promise<Histories> {
  const customers: Customer[] = [];
  const buyers: Buyer[] = [];
  let seen = 0;
  for await (const { rows, columns } of readCollected(result)) {
    const [persons, keys, numbers] = columns;
    for (let row = 0; row < rows && ++seen <= CUSTOMERS_MAX; row++) {
      const at = (place: number): number => numbers!.values[row * WIDTH + place] as number;
      const who = { person: persons!.values[row] as string, key: readKey(keys!, row), firstDay: at(0) };
      buyers.push({ ...who, repeats: at(6), lastDay: at(7), meanValue: at(8) });
      if (at(0) >= calibrationDays) continue;
      const early = { repeats: at(1), lastDay: at(2), meanValue: at(3) };
      customers.push({ ...who, ...early, laterPurchases: at(4), laterValue: at(5) });
    }
  }
  return { customers, buyers, sampled: seen > CUSTOMERS_MAX };
}
