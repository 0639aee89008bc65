/** The people of a cohort: listed by name as JSON or CSV, and for a fixed cohort replaced by a list. */
import { parse } from 'csv-parse/sync';
import * as v from 'valibot';
import {
  LIST_PEOPLE_MAX,
  type ListedPerson,
  peopleSchema,
  replaceList,
} from '../../definitions/cohort-lists.js';
import { RequestError } from '../../errors.js';
import { explainUsers, listUsers } from '../../query/cohort/answer.js';
import type { MemberPlace } from '../../query/cohort/print.js';
import type { QueryContext } from '../../query/context.js';
import { parseRequest, refuseField } from '../../query/request.js';
import { answerUnkept, computeAnswer } from '../answered.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { LIMIT_DEFAULT, LIMIT_MAX } from '../page.js';
import { readCount, readText, refuseParameter } from '../query-string.js';
import { createQueryContext, isExplain } from '../question.js';
import { type App, requireScope } from '../route.js';
import { COHORTS_PATH, findMembership, showCohort } from './cohorts.js';

/** A cursor holds a name of up to 200 characters. */
const CURSOR_LENGTH_MAX = 2_000;
/** People of one CSV answer: 20 MB at worst. */
const CSV_LIMIT_MAX = 100_000;
const NAME_LENGTH_MAX = 200;
/** Problems of an uploaded file that are told. */
const PROBLEMS_MAX = 20;

const refuseCursor = () =>
  refuseParameter('cursor', 'cursor is what next_cursor of the page before said, unchanged.');

const writeCursor = ({ known, name }: MemberPlace): string =>
  Buffer.from(`${known ? 1 : 0}${name}`).toString('base64url');

/** The place of the last member of the page before. */
function readPlace(c: AppContext): MemberPlace | undefined {
  const cursor = readText(c, 'cursor', CURSOR_LENGTH_MAX);
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!/^[01]/.test(text) || writeCursor({ known: text[0] === '1', name: text.slice(1) }) !== cursor)
    throw refuseCursor();
  return { known: text[0] === '1', name: text.slice(1) };
}

const showMember = ({ name, known }: MemberPlace) => (known ? { user_id: name } : { anonymous_id: name });

/** A cell that a spreadsheet neither splits nor takes for a formula's beginning by its quotes. */
const writeCell = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

const writeCsv = (members: readonly MemberPlace[]): string =>
  [
    'user_id,anonymous_id',
    ...members.map(({ name, known }) => (known ? `${writeCell(name)},` : `,${writeCell(name)}`)),
  ].join('\r\n');

const refuseCsv = (problems: readonly { path: string; code: string; message: string }[]): RequestError =>
  new RequestError(
    422,
    'invalid_csv',
    `${problems[0]!.path}: ${problems[0]!.message}`,
    problems.slice(0, PROBLEMS_MAX),
  );

function readRows(text: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true, relax_column_count: true, trim: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw refuseCsv([{ path: 'body', code: 'invalid_csv', message: `The file cannot be read: ${message}.` }]);
  }
}

/**
 * The people of a CSV file: columns `user_id` and `anonymous_id` by its header, or without one the first column as user_id.
 * @throws RequestError 422 with the lines that name nobody
 */
function readPeopleCsv(text: string): ListedPerson[] {
  const rows = readRows(text);
  const header = rows[0]?.map((cell) => cell.toLowerCase()) ?? [];
  const hasHeader = header.includes('user_id') || header.includes('anonymous_id');
  const userColumn = hasHeader ? header.indexOf('user_id') : 0;
  const anonymousColumn = hasHeader ? header.indexOf('anonymous_id') : -1;
  const people: ListedPerson[] = [];
  const problems: { path: string; code: string; message: string }[] = [];
  const body = hasHeader ? rows.slice(1) : rows;
  if (body.length > LIST_PEOPLE_MAX)
    throw new RequestError(422, 'list_too_long', `A list has at most ${LIST_PEOPLE_MAX} people.`);
  for (const [index, row] of body.entries()) {
    const user = row[userColumn] ?? '';
    const name = user === '' ? (row[anonymousColumn] ?? '') : user;
    if (name === '' || name.length > NAME_LENGTH_MAX) {
      const message = `This row has no id of 1 to ${NAME_LENGTH_MAX} characters.`;
      problems.push({ path: `row ${index + (hasHeader ? 2 : 1)}`, code: 'invalid_value', message });
    } else people.push({ name, known: user !== '' });
  }
  if (problems.length > 0) throw refuseCsv(problems);
  return people;
}

const bodySchema = v.strictObject({ users: peopleSchema });

async function readPeople(c: AppContext): Promise<readonly ListedPerson[]> {
  const type = (c.req.header('content-type') ?? '').toLowerCase();
  if (!type.startsWith('text/csv')) return parseRequest(bodySchema, await readJson(c)).users;
  return readPeopleCsv(await c.req.text());
}

export function registerCohortPeopleRoutes(app: App, deps: AppDeps): void {
  app.get(`${COHORTS_PATH}/:id/users`, requireScope('read'), async (c) => {
    const format = readText(c, 'format', 10) ?? 'json';
    if (format !== 'json' && format !== 'csv') throw refuseParameter('format', 'format is json or csv.');
    const after = readPlace(c);
    const limit = readCount(c, 'limit', format === 'csv' ? CSV_LIMIT_MAX : LIMIT_MAX);
    const pageSize = limit ?? (format === 'csv' ? CSV_LIMIT_MAX : LIMIT_DEFAULT);
    const { record, membership } = await findMembership(c, deps);
    const range = { after, limit: pageSize };
    const asked = {
      kind: `${COHORTS_PATH}/:id/users`,
      context: await createQueryContext(c, deps),
      question: {},
      answer: (context: QueryContext) => listUsers(context, membership, range),
      explain: (context: QueryContext) => explainUsers(context, membership, range),
    };
    if (isExplain(c)) return answerUnkept(c, deps, asked);
    const members = await computeAnswer(deps, asked);
    const page = members.slice(0, pageSize);
    const next = members.length > pageSize ? writeCursor(page[page.length - 1]!) : null;
    if (format === 'json') return c.json({ data: page.map(showMember), next_cursor: next });
    return c.body(`${writeCsv(page)}\r\n`, 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${record.id}.csv"`,
      ...(next === null ? {} : { 'x-next-cursor': next }),
    });
  });

  app.put(`${COHORTS_PATH}/:id/users`, requireScope('define'), async (c) => {
    const people = await readPeople(c);
    if (people.length === 0) throw refuseField('users', 'A list names at least one person.');
    const { report, ...record } = await replaceList(deps, c.var.access.project, c.req.param('id'), people);
    return c.json({ ...showCohort(record), ...report });
  });
}
