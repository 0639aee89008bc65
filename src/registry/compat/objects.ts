/** Objects: which properties there must be, which there may be, and what they hold. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.js';
import { isSchemaNode, type SchemaNode } from '../schema/document.js';
import type { Comparison, Pair } from './comparison.js';
import {
  type Conjunction,
  type Demand,
  demandsForOthers,
  demandsForProperty,
  flatten,
  mapIn,
  namesIn,
  numbersOf,
  schemasForProperty,
} from './conjunction.js';
import { filterAccepted } from './evaluate.js';
import { isTighter } from './scalars.js';

export function checkObjects(comparison: Comparison, pair: Pair): void {
  const { old, types, node, path } = pair;
  if (!types.has('object')) return;
  const required = new Set(old.flatMap((demand) => namesIn(demand.node.required)));
  for (const name of namesIn(node.required)) {
    if (required.has(name)) continue;
    comparison.report(
      `${path}.${name}`,
      'newly_required',
      `${path}.${name} could be left out, and is now required`,
    );
  }
  checkCounts(comparison, pair, required.size);
  checkProperties(comparison, pair);
  checkNames(comparison, pair);
  checkDependents(comparison, pair, required);
}

function checkCounts(comparison: Comparison, { old, node, path }: Pair, requiredCount: number): void {
  if (isTighter(node.minProperties, [...numbersOf(old, 'minProperties'), requiredCount], -1)) {
    comparison.report(
      path,
      'count_narrowed',
      `${path} must now have at least ${node.minProperties} properties`,
    );
  }
  const known = listClosedNames(old);
  const limits = known === undefined ? [] : [known.length];
  if (isTighter(node.maxProperties, [...numbersOf(old, 'maxProperties'), ...limits], 1)) {
    comparison.report(
      path,
      'count_narrowed',
      `${path} may now have at most ${node.maxProperties} properties`,
    );
  }
}

/** Every name an object of the old version can have had, when one of its demands says so. */
function listClosedNames(old: readonly Demand[]): string[] | undefined {
  for (const { node } of old) {
    const open = Object.keys(mapIn(node.patternProperties)).length > 0;
    if (node.additionalProperties === false && !open) return Object.keys(mapIn(node.properties));
  }
  return undefined;
}

/** Every property either version names, then those matching a pattern, then all others. */
function checkProperties(comparison: Comparison, pair: Pair): void {
  const { old, node, path } = pair;
  const names = new Set(Object.keys(mapIn(node.properties)));
  for (const demand of old) for (const name of Object.keys(mapIn(demand.node.properties))) names.add(name);
  for (const name of names) {
    const before = demandsForProperty(comparison.oldDocument, old, name);
    for (const schema of schemasForProperty(node, name))
      compareProperty(comparison, before, schema, path, name);
  }
  const others = demandsForOthers(comparison.oldDocument, old);
  for (const [pattern, schema] of Object.entries(mapIn(node.patternProperties))) {
    if (!isSchemaNode(schema)) continue;
    compareMatching(comparison, pair, others, schema, pattern);
  }
  if (isSchemaNode(node.additionalProperties)) {
    compareAdditional(comparison, pair, others, node.additionalProperties);
  }
}

/** A property nothing was said of is one reason, not one for each thing that is said of it now. */
function compareProperty(
  comparison: Comparison,
  before: Conjunction,
  schema: SchemaNode,
  path: string,
  name: string,
): void {
  const place = `${path}.${name}`;
  if (before === undefined) return;
  const found = comparison.try(() => comparison.compare(before, schema, place));
  if (found.length > 0 && schema === false) {
    comparison.report(place, 'property_closed', `${place} was allowed, and is not any more`);
  } else if (found.length > 0 && before.length === 0) {
    const message = `${place} could hold anything before it was described: ${found[0]!.message}`;
    comparison.report(place, 'newly_described', message);
  } else {
    for (const reason of found) comparison.report(reason.path, reason.code, reason.message);
  }
}

/** Names that match a pattern of the new version, and that the old one did not name. */
function compareMatching(
  comparison: Comparison,
  { old, path }: Pair,
  others: Conjunction,
  schema: SchemaNode,
  pattern: string,
): void {
  if (others === undefined) return;
  const twins = old.flatMap(({ node }) => {
    const own = mapIn(node.patternProperties)[pattern];
    return isSchemaNode(own) ? [own] : [];
  });
  const same = twins.reduce<Conjunction>(
    (all, twin) => join(all, flatten(comparison.oldDocument, twin)),
    others,
  );
  compareProperty(comparison, same, schema, path, `/${pattern}/`);
}

const join = (a: Conjunction, b: Conjunction): Conjunction =>
  a === undefined || b === undefined ? undefined : [...a, ...b];

/** Names that neither `properties` nor `patternProperties` of the new version cover. Named ones are compared already. */
function compareAdditional(
  comparison: Comparison,
  { old, node, path }: Pair,
  others: Conjunction,
  schema: SchemaNode,
): void {
  const covered = Object.keys(mapIn(node.patternProperties));
  const patterns = new Set(old.flatMap((demand) => Object.keys(mapIn(demand.node.patternProperties))));
  for (const pattern of patterns) {
    if (covered.includes(pattern)) continue;
    const before = old.flatMap(({ node: demand }) => mapIn(demand.patternProperties)[pattern] ?? []);
    const demands = before
      .filter(isSchemaNode)
      .reduce<Conjunction>((all, one) => join(all, flatten(comparison.oldDocument, one)), []);
    compareProperty(comparison, demands, schema, path, `/${pattern}/`);
  }
  if (closesNames(old)) return;
  if (others !== undefined && others.length === 0 && schema === false) {
    const message = `${path} could have properties beyond those described, and cannot any more`;
    comparison.report(`${path}.*`, 'property_closed', message);
  } else compareProperty(comparison, others, schema, path, '*');
}

/** Whether the old version allowed no name beyond its own names and patterns, the latter compared one by one. */
const closesNames = (old: readonly Demand[]): boolean =>
  old.some(({ node }) => node.additionalProperties === false);

function checkNames(comparison: Comparison, { old, node, path }: Pair): void {
  const names = node.propertyNames;
  if (!isSchemaNode(names) || names === true) return;
  if (old.some((demand) => comparison.isSame(demand.node.propertyNames, names))) return;
  const closed = listClosedNames(old);
  if (
    closed !== undefined &&
    filterAccepted(comparison.freshDocument, [names], closed).length === closed.length
  ) {
    return;
  }
  const before = old.reduce<Conjunction>(
    (all, demand) =>
      isSchemaNode(demand.node.propertyNames)
        ? join(all, flatten(comparison.oldDocument, demand.node.propertyNames))
        : all,
    [{ node: { type: 'string' }, split: false }],
  );
  comparison.compare(before, names, `${path}.*`);
}

/** `dependentRequired`, `dependentSchemas`, and draft-07's `dependencies`, which is both. */
function checkDependents(comparison: Comparison, pair: Pair, required: ReadonlySet<string>): void {
  const { old, node, path } = pair;
  for (const [trigger, dependent] of listDependents(node)) {
    if (demandsForProperty(comparison.oldDocument, old, trigger) === undefined) continue;
    const before = old.flatMap((demand) => listDependents(demand.node).filter(([name]) => name === trigger));
    if (Array.isArray(dependent)) {
      const held = new Set([...required, ...before.flatMap(([, names]) => namesIn(names))]);
      for (const name of namesIn(dependent)) {
        if (held.has(name)) continue;
        const message = `${path}.${name} is now required when ${path}.${trigger} is given`;
        comparison.report(`${path}.${name}`, 'newly_required', message);
      }
    } else if (
      isSchemaNode(dependent) &&
      !before.some(([, schema]) => comparison.isSame(schema, dependent))
    ) {
      comparison.compare(old, dependent, path);
    }
  }
}

function listDependents(node: JsonObject): [string, JsonValue][] {
  return [node.dependentRequired, node.dependentSchemas, node.dependencies]
    .filter(isJsonObject)
    .flatMap((map) => Object.entries(map));
}
