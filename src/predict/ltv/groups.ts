/** What a fitted model says of people grouped by what is known of them: see sql/clickhouse/model-histories.sql. */
import { type Collected, readCollected } from '../../query/collected.js';
import { type Buyer, type LtvParameters, predictCustomers, type Watch } from './model.js';

/** Numbers of one row: repeats, first day, last day, mean value, people. */
const WIDTH = 5;

export interface GroupTask {
  /** The statement's result in the Native format. */
  readonly groups: Collected;
  readonly parameters: LtvParameters;
  readonly watch: Watch;
  readonly days: number;
}

export interface GroupValue {
  readonly people: number;
  /** How many of them are expected to be customers still. */
  readonly expected_alive: number;
  readonly expected_purchases: number;
  /** Null without a spending model. */
  readonly expected_value: number | null;
  readonly value_per_person: number | null;
}

/** Adds up what is expected of everybody. */
export async function valueGroups({ groups, parameters, watch, days }: GroupTask): Promise<GroupValue> {
  const buyers: Buyer[] = [];
  const counts: number[] = [];
  for await (const { rows, columns } of readCollected(groups)) {
    for (let row = 0; row < rows; row++) {
      const at = (place: number): number => columns[0]!.values[row * WIDTH + place] as number;
      buyers.push({ person: '', key: '', repeats: at(0), firstDay: at(1), lastDay: at(2), meanValue: at(3) });
      counts.push(at(4));
    }
  }
  const predictions = predictCustomers(buyers, parameters, watch, days);
  const sum = (numberOf: (place: number) => number): number =>
    counts.reduce((total, count, place) => total + count * numberOf(place), 0);
  const people = sum(() => 1);
  const valued = parameters.spending !== null && predictions.every((one) => one.expected_value !== null);
  const value = valued ? sum((place) => predictions[place]!.expected_value!) : null;
  return {
    people,
    expected_alive: sum((place) => predictions[place]!.probability_alive),
    expected_purchases: sum((place) => predictions[place]!.expected_purchases),
    expected_value: value,
    value_per_person: value === null || people === 0 ? null : value / people,
  };
}
