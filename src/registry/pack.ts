/** A pack: a catalogue of ready event types for one trade, as the files under packs/ have it. */
import * as v from 'valibot';
import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.js';
import { type EventTypeDefinition, readDefinition } from './event-type.js';
import type { ValidationMode } from './rules.js';
import type { DefinitionProblem } from './schema/inspect.js';

/** The packs that ship with Weir, by the names of their files. */
export const PACK_NAMES = ['ecommerce', 'saas', 'media'] as const;

export interface PackEventType {
  definition: EventTypeDefinition;
  /** `properties` of events as they should be. */
  examples: readonly JsonObject[];
}

export interface Pack {
  name: string;
  title: string;
  description: string;
  eventTypes: readonly PackEventType[];
}

const packSchema = v.object({
  pack: v.string(),
  title: v.string(),
  description: v.string(),
  event_types: v.array(v.looseObject({ examples: v.array(v.record(v.string(), v.unknown())) })),
});

/** Reads a pack's JSON. Its types refuse what breaks their rules, unless another mode is given. */
export function readPack(
  json: JsonValue,
  mode: ValidationMode = 'reject',
): { pack: Pack } | { problems: DefinitionProblem[] } {
  const parsed = v.safeParse(packSchema, json);
  if (!parsed.success || !isJsonObject(json) || !Array.isArray(json.event_types)) {
    const message = parsed.issues?.[0]?.message ?? 'not a pack';
    return { problems: [{ path: '', code: 'invalid_definition', message }] };
  }
  const eventTypes: PackEventType[] = [];
  for (const [i, entry] of json.event_types.entries()) {
    const { examples, ...type } = isJsonObject(entry) ? entry : {};
    const kept = Array.isArray(examples) ? examples.filter(isJsonObject) : [];
    // JSON Schema has a place for examples: there they stay with the type once it is registered.
    const schema = isJsonObject(type.schema) ? { ...type.schema, examples: kept } : type.schema!;
    const result = readDefinition({ ...type, schema, mode });
    if ('problems' in result) {
      const problems = result.problems.map((one) => ({ ...one, path: `/event_types/${i}${one.path}` }));
      return { problems };
    }
    eventTypes.push({ definition: result.definition, examples: kept });
  }
  const { pack: name, title, description } = parsed.output;
  return { pack: { name, title, description, eventTypes } };
}
