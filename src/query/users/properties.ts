/** What is known of one person now. */
import type { QueryContext } from '../context.js';
import { printMergedJoin, printMergedKey } from '../overrides.js';
import { createParams, fillSql, print } from '../printed.js';
import { runStatement } from '../run.js';

/** Properties of one person that are shown. */
const PROPERTIES_MAX = 2_000;

/** The properties of the person who goes by this name, by their names. @throws EngineError */
export async function readUserProperties(
  context: QueryContext,
  person: { readonly name: string; readonly isUser: boolean },
): Promise<Record<string, unknown>> {
  const params = createParams();
  const key = print`changes.person_key`;
  const { project, merged } = context;
  const own = print`cityHash64(${person.isUser ? print`true` : print`false`}, ${params.bind('String', person.name)})`;
  const sql = fillSql('clickhouse/user-known.sql', {
    project: params.bind('String', project),
    key: merged ? printMergedKey(key) : key,
    joined: merged ? printMergedJoin(key, project, params) : print``,
    own,
    limit: print`${PROPERTIES_MAX}`,
  });
  const { rows } = await runStatement<{ name: string; known: string }>(context, {
    sql,
    params: params.values,
  });
  return Object.fromEntries(rows.map(({ name, known }) => [name, JSON.parse(known) as unknown]));
}
