/** What a format's bytes are, for the Content-Type of an answer; the names are ClickHouse's. */

const JSON_TYPE = 'application/json; charset=UTF-8';
const LINES_TYPE = 'application/x-ndjson; charset=UTF-8';
const CSV_TYPE = 'text/csv; charset=UTF-8; header=absent';
const CSV_HEADER_TYPE = 'text/csv; charset=UTF-8; header=present';
const TSV_TYPE = 'text/tab-separated-values; charset=UTF-8';
const TEXT_TYPE = 'text/plain; charset=UTF-8';
const BYTES_TYPE = 'application/octet-stream';

const RULES: readonly (readonly [RegExp, string])[] = [
  [/^(?:json\w*eachrow\w*|jsonlines|ndjson)$/, LINES_TYPE],
  [/^json/, JSON_TYPE],
  [/^csvwithnames/, CSV_HEADER_TYPE],
  [/^csv/, CSV_TYPE],
  [/^(?:tsv|tabseparated)/, TSV_TYPE],
  [/^xml$/, 'application/xml; charset=UTF-8'],
  [
    /^(?:pretty|values|vertical|markdown|prometheus|sqlinsert|linear|template|customseparated|null|raw|hash|form|lineasstring|one|odbc)/,
    TEXT_TYPE,
  ],
];

/** Content-Type of a format; bytes for those that are not text. */
export function describeFormat(format: string): string {
  const name = format.toLowerCase();
  return RULES.find(([pattern]) => pattern.test(name))?.[1] ?? BYTES_TYPE;
}
