/** Whether the keywords hold what they must, by the draft's own meta-schema: `"required": "id"` is not an array. */
import { Ajv, type ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { SchemaDocument } from './document.js';
import { type Draft, readDraft } from './keywords.js';

export interface MetaProblem {
  pointer: string;
  message: string;
}

/** One for each draft, made when first needed: the meta-schemas take 30 ms to compile. They hold nothing of users. */
const checkers = new Map<Draft, Ajv | Ajv2020>();

function checkerOf(draft: Draft): Ajv | Ajv2020 {
  let checker = checkers.get(draft);
  if (checker === undefined) {
    const options = { allErrors: true, logger: false, strict: false, validateFormats: false } as const;
    checker = draft === 'draft-07' ? new Ajv(options) : new Ajv2020(options);
    checkers.set(draft, checker);
  }
  return checker;
}

const META_SCHEMAS: Readonly<Record<Draft, string>> = {
  'draft-07': 'http://json-schema.org/draft-07/schema',
  '2020-12': 'https://json-schema.org/draft/2020-12/schema',
};

/** Problems in the order of the schema, one for each place. */
export function checkMetaSchema({ root, draft }: SchemaDocument): MetaProblem[] {
  const checker = checkerOf(readDraft(root.$schema) ?? draft);
  if (checker.validate(META_SCHEMAS[draft], root)) return [];
  const problems = new Map<string, string>();
  for (const error of checker.errors ?? []) {
    if (!problems.has(error.instancePath)) problems.set(error.instancePath, describe(error));
  }
  const innermost = [...problems].filter(
    ([pointer]) => ![...problems.keys()].some((other) => other.startsWith(`${pointer}/`)),
  );
  return innermost.map(([pointer, message]) => ({ pointer, message }));
}

const TYPES = 'array, boolean, integer, null, number, object, string';

function describe({ instancePath, keyword, message, params }: ErrorObject): string {
  const name = instancePath.slice(instancePath.lastIndexOf('/') + 1);
  if (name === 'type') return `a type is one of ${TYPES}, or an array of them`;
  if (keyword === 'type') return `"${name}" must be ${describeTypes(params.type)}`;
  return `"${name}" ${message ?? 'is not allowed here'}`;
}

const describeTypes = (types: unknown): string => [types].flat().join(' or ');
