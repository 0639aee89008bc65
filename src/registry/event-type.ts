/**
 * An event type's definition, and what it becomes when compiled.
 *
 * A definition comes from outside in two shapes: a request body (anything at all: readDefinition) and a stored one
 * (trusted to be a definition; compiled anew wherever it is used). Both end in compileEventType.
 */
import * as v from 'valibot';
import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.js';
import { EVENT_NAME_LENGTH_MAX } from '../event/limits.js';
import { type EventTypeRules, type SchemaProblem, VALIDATION_MODES, type ValidationMode } from './rules.js';
import { type CompiledSchema, compileSchema } from './schema/compile.js';
import { describeErrors } from './schema/describe-error.js';
import type { SchemaDocument } from './schema/document.js';
import { type DefinitionProblem, inspectSchema } from './schema/inspect.js';
import { extendPointer } from './schema/pointer.js';
import {
  compileValidator,
  type KnownPlugins,
  VALIDATORS_MAX,
  type Validator,
  type ValidatorDefinition,
  validatorSchema,
} from './validator.js';

export interface EventTypeDefinition {
  name: string;
  category?: string | undefined;
  description?: string | undefined;
  /** JSON Schema of the event's `properties`. */
  schema: JsonObject;
  validators?: readonly ValidatorDefinition[] | undefined;
  mode: ValidationMode;
}

/** Problems of one event that are reported. */
const PROBLEMS_MAX = 20;

const NAME = `a name is a string of 1 to ${EVENT_NAME_LENGTH_MAX} characters`;
const FIELDS =
  'an event type has name, category, description, schema, validators and mode, and no other field';
const MODE = `a mode is one of ${VALIDATION_MODES.join(', ')}`;
const VALIDATORS = `validators is an array of at most ${VALIDATORS_MAX} objects such as {"check": …}`;

const text = (name: string, lengthMax: number) => {
  const message = `a ${name} is a string of at most ${lengthMax} characters`;
  return v.optional(v.pipe(v.string(message), v.maxLength(lengthMax, message)));
};

const definitionSchema = v.strictObject(
  {
    name: v.pipe(v.string(NAME), v.minLength(1, NAME), v.maxLength(EVENT_NAME_LENGTH_MAX, NAME)),
    category: text('category', 100),
    description: text('description', 2_000),
    schema: v.optional(v.unknown()),
    validators: v.optional(
      v.pipe(v.array(validatorSchema, VALIDATORS), v.maxLength(VALIDATORS_MAX, VALIDATORS)),
    ),
    mode: v.optional(v.picklist(VALIDATION_MODES, MODE), 'reject'),
  },
  // The name is the one field that must be there.
  ({ expected }) => (expected === 'never' ? FIELDS : NAME),
);

/**
 * Reads a definition from a request body. Problems name their place as JSON pointers ("/validators/0/min").
 * The schema is looked into before anything else walks the body, for it may be nested without end.
 */
export function readDefinition(
  input: JsonValue | undefined,
): { definition: EventTypeDefinition; document: SchemaDocument } | { problems: DefinitionProblem[] } {
  if (!isJsonObject(input)) {
    const message = 'an event type is a JSON object such as {"name": "order_placed", "schema": {…}}';
    return { problems: [{ path: '', code: 'invalid_definition', message }] };
  }
  const inspected = inspectSchema(input.schema);
  const parsed = v.safeParse(definitionSchema, input);
  const problems: DefinitionProblem[] = (parsed.issues ?? []).map((issue) => ({
    path: (issue.path ?? []).reduce((pointer, { key }) => extendPointer(pointer, String(key)), ''),
    code: issue.path?.[0]?.key === 'validators' ? 'invalid_validator' : 'invalid_definition',
    message: issue.message,
  }));
  if ('problems' in inspected) problems.push(...inspected.problems);
  if (problems.length > 0 || !parsed.success || 'problems' in inspected) return { problems };
  const { document } = inspected;
  return { definition: { ...parsed.output, schema: document.root }, document };
}

/** A definition with its version, compiled: what judges events. */
export interface CompiledEventType extends EventTypeRules {
  readonly definition: EventTypeDefinition;
}

/** Compiles a definition, or says everything that is wrong with it. Milliseconds of work: once for each version. */
export function compileEventType(
  definition: EventTypeDefinition,
  options: { version?: number; plugins?: KnownPlugins | undefined } = {},
): { rules: CompiledEventType } | { errors: DefinitionProblem[] } {
  const inspected = inspectSchema(definition.schema);
  const errors = 'problems' in inspected ? [...inspected.problems] : [];
  const validators: Validator[] = [];
  for (const [i, validator] of (definition.validators ?? []).entries()) {
    const result = compileValidator(validator, definition.name, `/validators/${i}`, options.plugins);
    if ('problem' in result) errors.push(result.problem);
    else validators.push(result.validator);
  }
  if (errors.length > 0 || 'problems' in inspected) return { errors };
  let schema: CompiledSchema;
  try {
    schema = compileSchema(inspected.document);
  } catch (error) {
    const message = `the schema cannot be compiled: ${error instanceof Error ? error.message : String(error)}`;
    return { errors: [{ path: '/schema', code: 'invalid_schema', message }] };
  }
  return { rules: createRules(definition, options.version ?? 1, schema, validators) };
}

function createRules(
  definition: EventTypeDefinition,
  version: number,
  schema: CompiledSchema,
  validators: readonly Validator[],
): CompiledEventType {
  const { name, mode } = definition;
  return {
    name,
    version,
    mode,
    pluginValidators: (definition.validators ?? []).flatMap((one) =>
      one.check === 'plugin' ? [{ name: one.name, options: one.options ?? {} }] : [],
    ),
    definition,
    check(properties, scope) {
      try {
        const errors = schema(properties);
        if (errors.length === 0 && validators.length === 0) return NONE;
        const problems = errors.length === 0 ? [] : describeErrors(errors, properties, PROBLEMS_MAX);
        for (const validate of validators) {
          const problem = validate(properties, scope);
          if (problem !== undefined && problems.length < PROBLEMS_MAX) problems.push(problem);
        }
        return problems;
      } catch (error) {
        return [describeFailure(name, error)];
      }
    },
  };
}

/** Code that was written for a schema failed on an event: the event is refused, its batch goes on. */
function describeFailure(name: string, error: unknown): SchemaProblem {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `the rules of "${name}" could not be applied: ${reason}`.slice(0, 500);
  return { code: 'stage_error', path: 'properties', message, expected: 'an answer', found: 'an error' };
}

const NONE: readonly SchemaProblem[] = [];
