/**
 * The blast radius of a change: which metrics, funnels, cohorts and other definitions use an event type. Each room that
 * stores definitions registers a source here; this room does not know what they look like, only how to find a name in them.
 */

/** A definition somebody saved. */
export interface SavedDefinition {
  id: string;
  name: string;
  /** The event types it names. */
  events: readonly string[];
  /** The properties it names, dotted, where that is known. */
  properties?: readonly string[];
}

/** A kind of saved definitions, such as "metrics". */
export interface UsageSource {
  kind: string;
  /** Those of a project that name the event type. Throws MetadataError. */
  list(project: string, event: string): Promise<readonly SavedDefinition[]>;
}

/** By kind; `fields` are the properties of the change that the definition names. */
export type Usage = Record<string, { id: string; name: string; fields: string[] }[]>;

/** Definitions named of one kind; more are not told. */
const NAMED_MAX = 100;

/** What uses the event type. `fields`: dotted properties ("total"), to say which of them a definition uses. */
export async function findUsage(
  sources: readonly UsageSource[],
  project: string,
  event: string,
  fields: readonly string[] = [],
): Promise<Usage> {
  const usage: Usage = {};
  for (const { kind, list } of sources) {
    const found = await list(project, event);
    usage[kind] = found.slice(0, NAMED_MAX).map(({ id, name, properties = [] }) => ({
      id,
      name,
      fields: properties.filter((property) => fields.some((field) => overlaps(property, field))),
    }));
  }
  return usage;
}

/** Whether one is the other or inside it. */
const overlaps = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);

/** A reason's place as a property: "properties.items[].price" is "items". */
export function fieldOfReason(path: string): string | undefined {
  if (!path.startsWith('properties.')) return undefined;
  const field = path.slice('properties.'.length).split('[')[0]!;
  return field === '*' || field.startsWith('/') ? undefined : field;
}
