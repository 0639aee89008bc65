/**
 * What versions of models foretold, in ClickHouse's table `model_people`. A version's people are encoded on the thread that foretold
 * them and stored as they are; the front's own thread handles none one by one.
 */
import type { ClickHouse } from '../clickhouse/client.js';
import { loadSql } from '../clickhouse/sql-file.js';
import { writeBlock } from '../native/block.js';
import { ByteBuffer } from '../native/byte-buffer.js';
import { ConstantColumn, StringColumn, Uint64Column } from '../native/column.js';
import { ScalarValues } from '../native/scalar-values.js';
import type { ForetoldPerson } from './foretold.js';

/** People of one insert. */
const BLOCK_PEOPLE = 20_000;

const COLUMNS = ['project', 'model', 'version', 'rank', 'person_key', 'person', 'score', 'shown'];

/** A version of a model of a project. */
export interface ModelVersion {
  readonly project: string;
  readonly model: string;
  readonly version: number;
}

function encodeBlock(place: ModelVersion, people: readonly ForetoldPerson[], before: number): Uint8Array {
  const [project, model, person, shown] = [
    new StringColumn(),
    new StringColumn(),
    new StringColumn(),
    new StringColumn(),
  ];
  const [rank, key] = [new Uint64Column(), new Uint64Column()];
  const score = new ScalarValues('Float64');
  people.forEach((one, i) => {
    const word = BigInt(one.key);
    project.append(place.project);
    model.append(place.model);
    rank.append(before + i + 1, 0);
    key.append(Number(word & 0xffffffffn), Number(word >> 32n));
    person.append(one.person);
    score.bytes.writeAlignedFloat64(one.score);
    shown.append(JSON.stringify(one.shown));
  });
  const version = new ConstantColumn('UInt64', place.version, people.length);
  const columns = [project, model, version, rank, key, person, score, shown];
  const out = new ByteBuffer();
  writeBlock(
    out,
    people.length,
    columns.map((column, i) => ({ name: COLUMNS[i]!, column })),
  );
  return out.view();
}

/** Native blocks of a version's people, who come in the order of their ranks. */
export function encodePeople(place: ModelVersion, people: readonly ForetoldPerson[]): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let from = 0; from < people.length; from += BLOCK_PEOPLE)
    blocks.push(encodeBlock(place, people.slice(from, from + BLOCK_PEOPLE), from));
  return blocks;
}

/** @throws EngineError */
export async function storePeople(clickhouse: ClickHouse, blocks: readonly Uint8Array[]): Promise<void> {
  for (const block of blocks) await clickhouse.insertNative('model_people', COLUMNS, block);
}

/** Removes what versions before this one foretold. @throws EngineError */
export const forgetPeople = (clickhouse: ClickHouse, before: ModelVersion): Promise<void> =>
  clickhouse.command(loadSql('clickhouse/model-forget.sql'), { params: { ...before } });

export interface KeptPerson {
  readonly rank: number;
  readonly person: string;
  readonly shown: object;
}

/** People of a version after a rank; `people` is how many it foretold of. @throws EngineError */
export async function listPeople(
  clickhouse: ClickHouse,
  place: ModelVersion,
  page: { readonly after: number; readonly limit: number; readonly people: number },
): Promise<KeptPerson[]> {
  const { rows } = await clickhouse.query<{ rank: number; person: string; shown: string }>(
    loadSql('clickhouse/model-people.sql'),
    { params: { ...place, ...page } },
  );
  return rows.map(({ rank, person, shown }) => ({
    rank: Number(rank),
    person,
    shown: JSON.parse(shown) as object,
  }));
}
