/** As much of OpenAPI 3.1 as the description of this interface uses. */

export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  name: string;
  in: 'query' | 'path' | 'header';
  description: string;
  required?: boolean;
  schema: Schema;
}

export interface Content {
  schema: Schema;
  example?: unknown;
}

export interface Operation {
  summary: string;
  description?: string;
  tags: readonly string[];
  /** Empty: no key is needed. */
  security?: readonly Readonly<Record<string, readonly string[]>>[];
  parameters?: readonly Parameter[];
  requestBody?: { required: boolean; content: Readonly<Record<string, Content>> };
  responses: Readonly<Record<string, { description: string; content?: Readonly<Record<string, Content>> }>>;
  /** The scope a key needs; shown in the reference. */
  'x-scope'?: string;
}

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export type Paths = Readonly<Record<string, Readonly<Partial<Record<Method, Operation>>>>>;

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const text = (description?: string, rest: Schema = {}): Schema => ({
  type: 'string',
  ...(description === undefined ? {} : { description }),
  ...rest,
});
/** A text, or null. */
export const maybeText = (description?: string): Schema => ({
  ...text(description),
  type: ['string', 'null'],
});
export const number: Schema = { type: 'number' };
/** A number, or null. */
export const maybeNumber: Schema = { type: ['number', 'null'] };
export const flag: Schema = { type: 'boolean' };
export const whole = (description?: string): Schema => ({
  type: 'integer',
  ...(description === undefined ? {} : { description }),
});
export const list = (items: Schema): Schema => ({ type: 'array', items });
export const oneOf = (values: readonly string[], description?: string): Schema =>
  text(description, { enum: values });
export const object = (
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
});

export const inQuery = (
  name: string,
  description: string,
  schema: Schema = { type: 'string' },
): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
export const needed = (parameter: Parameter): Parameter => ({ ...parameter, required: true });
export const inHeader = (name: string, description: string): Parameter => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' },
});
export const inPath = (name: string, description: string): Parameter => ({
  name,
  in: 'path',
  description,
  required: true,
  schema: { type: 'string' },
});

export const json = (schema: Schema, example?: unknown): Readonly<Record<string, Content>> => ({
  'application/json': { schema, ...(example === undefined ? {} : { example }) },
});

/** The answers an operation may give: its own, and the problems every route under /v1 may answer with. */
export const answers = (
  status: number,
  description: string,
  schema: Schema,
  problems: Readonly<Record<string, string>> = {},
): Operation['responses'] => ({
  [status]: { description, content: json(schema) },
  ...Object.fromEntries(
    Object.entries({
      '401': 'No key, or one that is not known',
      '403': 'The key lacks the scope',
      '429': 'Too many requests; Retry-After says when to go on',
      '503': 'An outside system is away; Retry-After says when to try again',
      ...problems,
    }).map(([code, meaning]) => [
      code,
      { description: meaning, content: { 'application/problem+json': { schema: ref('Problem') } } },
    ]),
  ),
});
