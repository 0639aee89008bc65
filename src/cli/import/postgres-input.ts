import { MetadataError } from '../../errors.js';
import { openRows, RowsRefused, type RowsRequest } from '../../metadata/rows.js';
import { CommandError } from '../command-error.js';
import type { Input } from './input.js';
import type { Mapping } from './mapping.js';
import { createTranslate } from './translate.js';

const toCommandError = (error: unknown): unknown =>
  error instanceof RowsRefused
    ? new CommandError(error.message, 2)
    : error instanceof MetadataError
      ? new CommandError(error.message)
      : error;

/** Rows of a table or query as events. Throws CommandError. An interrupted import goes on behind the last row's key. */
export async function openPostgresInput(url: string, request: RowsRequest, mapping: Mapping): Promise<Input> {
  if ((request.table === undefined) === (request.query === undefined))
    throw new CommandError('Say which rows: --table NAME, or --query "select …" --by COLUMN.', 2);
  const rows = await openRows(url, request).catch((error: unknown) => {
    throw toCommandError(error);
  });
  const translate = createTranslate('row', mapping);
  let done = 0;
  return {
    name: rows.name,
    identity: rows.identity,
    dialect: 'native',
    isRepeatable: true,
    async *read(after) {
      let line = after.line;
      try {
        for await (const page of rows.read(after.key)) {
          yield page.map(({ json, key }) => {
            line += 1;
            // Ids come from the key and the content: where a row stands says nothing.
            const record = translate(json, 0, `${rows.identity}\n${key}`);
            return { ...record, line, key };
          });
          done = line;
        }
      } catch (error) {
        throw toCommandError(error);
      }
    },
    describeLine: (line) => `row ${line}`,
    progress: () => ({ done, total: rows.estimate }),
    close: () => rows.close(),
  };
}
