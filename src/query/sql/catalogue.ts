/** What the engine offers a client's SQL: read from the engine, because servers differ, and kept for a while. */
import type { ClickHouse } from '../../clickhouse/client.js';
import { loadSql } from '../../clickhouse/sql-file.js';
import type { Catalogue } from './guard.js';

/** Functions change with the server's version only. */
const FUNCTIONS_KEEP_MS = 10 * 60_000;
/** A database that was just made is not known for this long; a project's question could name it, nothing else stops it. */
const DATABASES_KEEP_MS = 5_000;

/** ClickHouse's own categories in which every function computes from its arguments alone. */
const CATEGORIES = [
  'Arithmetic',
  'Arrays',
  'Bit',
  'Bitmap',
  'Comparison',
  'Conditional',
  'Dates and Times',
  'Distance',
  'Encoding',
  'Financial',
  'Geo',
  'Geo Polygon',
  'Hash',
  'IP Address',
  'JSON',
  'Logical',
  'Map',
  'Mathematical',
  'Null',
  'Random Number',
  'Rounding',
  'String',
  'String Replacement',
  'String Search',
  'String Splitting',
  'Time Window',
  'Tuple',
  'Type Conversion',
  'URL',
  'UUID',
];

/** Functions of the category "Other" and its like that only compute. */
const NAMES = [
  'bar',
  'byteSize',
  'countDigits',
  'digits',
  'formatReadableDecimalSize',
  'formatReadableQuantity',
  'formatReadableSize',
  'formatReadableTimeDelta',
  'identity',
  'isDecimalOverflow',
  'materialize',
  'minSampleSizeContinuous',
  'minSampleSizeConversion',
  'neighbor',
  'parseReadableSize',
  'parseReadableSizeOrNull',
  'parseReadableSizeOrZero',
  'parseTimeDelta',
  'rowNumberInAllBlocks',
  'runningConcurrency',
  'runningDifference',
  'seriesDecomposeSTL',
  'seriesOutliersDetectTukey',
  'toTypeName',
  'toColumnTypeName',
  'transform',
  'variantElement',
  'variantType',
  'visibleWidth',
];

export interface CatalogueReader {
  /** Throws EngineError. */
  read(): Promise<Catalogue>;
}

interface Kept<T> {
  value: Promise<T>;
  until: number;
}

export function createCatalogueReader(clickhouse: Pick<ClickHouse, 'query'>): CatalogueReader {
  const names = async (file: string): Promise<Set<string>> => {
    const { rows } = await clickhouse.query<{ name: string }>(loadSql(file));
    return new Set(rows.map(({ name }) => name));
  };

  async function readFunctions(): Promise<Omit<Catalogue, 'databases'>> {
    const { rows } = await clickhouse.query<{ name: string; is_aggregate: number }>(
      loadSql('clickhouse/catalogue-functions.sql'),
      { params: { categories: CATEGORIES, names: NAMES } },
    );
    const pick = (isAggregate: boolean): Set<string> =>
      new Set(rows.filter((row) => Boolean(row.is_aggregate) === isAggregate).map(({ name }) => name));
    return {
      functions: pick(false),
      aggregates: pick(true),
      tableFunctions: await names('clickhouse/catalogue-table-functions.sql'),
    };
  }

  let functions: Kept<Omit<Catalogue, 'databases'>> | undefined;
  let databases: Kept<Set<string>> | undefined;

  return {
    async read() {
      const now = Date.now();
      if (!functions || functions.until < now) {
        functions = { value: readFunctions(), until: now + FUNCTIONS_KEEP_MS };
        functions.value.catch(() => {
          functions = undefined;
        });
      }
      if (!databases || databases.until < now) {
        databases = { value: names('clickhouse/catalogue-databases.sql'), until: now + DATABASES_KEEP_MS };
        databases.value.catch(() => {
          databases = undefined;
        });
      }
      return { ...(await functions.value), databases: await databases.value };
    },
  };
}
