/**
 * Does a new schema take everything an old one took? Decided keyword by keyword, going down both schemas together: what
 * the new one demands at a place must follow from what the old one demanded there. That question has no complete answer
 * that can be computed in general, so this one is conservative: where it cannot show that nothing is lost, it says so.
 *
 * The rule for every line here: a reason may be given in vain; a break may not go unsaid. So the old side may be read
 * too generously, never too strictly, and a demand of the new side that nothing here understands is a reason.
 *
 * Two ways out of "cannot be shown": where the old schema allows a short list of values, each is tried; and where it
 * has alternatives, each is compared for itself.
 */
import type { JsonObject, JsonValue } from '../../event/json.js';
import { writeCanonicalJson } from '../schema/canonical-json.js';
import { isSchemaNode, type SchemaDocument, type SchemaNode } from '../schema/document.js';
import { checkArrays } from './arrays.js';
import type { Comparison, Pair } from './comparison.js';
import {
  type Atom,
  type Conjunction,
  type Demand,
  flatten,
  typesOf,
  typesOfAll,
  unite,
} from './conjunction.js';
import { filterAccepted } from './evaluate.js';
import { createFingerprint, type Fingerprint } from './fingerprint.js';
import { checkObjects } from './objects.js';
import type { Reason, ReasonCode } from './reason.js';
import { checkNumbers, checkStrings } from './scalars.js';

/** Pairs of places that are compared, a few microseconds each; beyond it the versions count as not comparable. */
const PAIRS_MAX = 20_000;
/** Times a list of values is tried out, a millisecond each. */
const TRIALS_MAX = 200;
/** Alternatives inside alternatives that are gone through one by one. */
const SPLITS_MAX = 3;
/** Reasons that are reported. */
export const REASONS_MAX = 100;

class SchemaComparison implements Comparison {
  readonly reasons: Reason[] = [];
  private readonly printOld: Fingerprint;
  private readonly printFresh: Fingerprint;
  private pairs = 0;
  private trials = 0;

  constructor(
    readonly oldDocument: SchemaDocument,
    readonly freshDocument: SchemaDocument,
  ) {
    this.printOld = createFingerprint(oldDocument);
    this.printFresh = createFingerprint(freshDocument);
  }

  report(path: string, code: ReasonCode, message: string): void {
    const known = this.reasons.some((reason) => reason.path === path && reason.message === message);
    if (!known && this.reasons.length < REASONS_MAX) this.reasons.push({ path, code, message });
  }

  isSame(old: JsonValue | undefined, fresh: JsonValue | undefined): boolean {
    return isSchemaNode(old) && isSchemaNode(fresh) && this.printOld(old) === this.printFresh(fresh);
  }

  areSame(old: JsonValue | undefined, fresh: JsonValue | undefined): boolean {
    return (
      Array.isArray(old) &&
      Array.isArray(fresh) &&
      old.length === fresh.length &&
      old.every((one, i) => this.isSame(one, fresh[i]))
    );
  }

  try(compare: () => void): Reason[] {
    const before = this.reasons.length;
    compare();
    return this.reasons.splice(before);
  }

  compare(old: Conjunction, fresh: SchemaNode, path: string, splits = 0): void {
    if (old === undefined || fresh === true) return;
    const types = typesOfAll(old);
    if (types.size === 0) return;
    if (++this.pairs > PAIRS_MAX) {
      this.report('properties', 'not_comparable', 'the two schemas are too large to be compared');
      return;
    }
    const demands = flatten(this.freshDocument, fresh);
    const values = listValues(old, types);
    if (values !== undefined) {
      this.tryValues(old, values, fresh, path);
      return;
    }
    if (demands === undefined) {
      this.report(path, 'nothing_allowed', `no value is allowed at ${path} any more`);
      return;
    }
    for (const { node } of demands) {
      if (old.some((demand) => this.isSame(demand.node, node))) continue;
      const found = this.try(() => this.compareDemand({ old, types, node, path }));
      if (found.length > 0 && !this.holdsForEachAlternative(old, node, path, splits)) {
        for (const { path: place, code, message } of found) this.report(place, code, message);
      }
    }
  }

  private compareDemand(pair: Pair): void {
    checkTypes(this, pair);
    checkValues(this, pair);
    checkNumbers(this, pair);
    checkStrings(this, pair);
    checkArrays(this, pair);
    checkObjects(this, pair);
    checkAlternatives(this, pair);
    checkConditions(this, pair);
  }

  /** Only a few values are possible: the ones the old version took are shown to the new one. */
  private tryValues(
    old: readonly Demand[],
    values: readonly JsonValue[],
    fresh: SchemaNode,
    path: string,
  ): void {
    if (++this.trials > TRIALS_MAX) {
      this.report('properties', 'not_comparable', 'the two schemas are too large to be compared');
      return;
    }
    const nodes = old.map(({ node }) => node);
    const taken = filterAccepted(this.oldDocument, nodes, values);
    const stillTaken = new Set(filterAccepted(this.freshDocument, [fresh], taken).map(writeCanonicalJson));
    const lost = taken.filter((value) => !stillTaken.has(writeCanonicalJson(value)));
    if (lost.length === 0) return;
    const shown = lost.slice(0, 5).map((value) => JSON.stringify(value).slice(0, 40));
    const more = lost.length > shown.length ? ` and ${lost.length - shown.length} more` : '';
    this.report(
      path,
      'values_narrowed',
      `${path} could be ${shown.join(', ')}${more}, which is not allowed any more`,
    );
  }

  /** The old version's first union, gone through alternative by alternative: does the demand hold in each? */
  private holdsForEachAlternative(
    old: readonly Demand[],
    node: JsonObject,
    path: string,
    splits: number,
  ): boolean {
    if (splits >= SPLITS_MAX) return false;
    const union = old.find((demand) => !demand.split && alternativesOf(demand.node) !== undefined);
    const alternatives = union && alternativesOf(union.node);
    if (union === undefined || alternatives === undefined) return false;
    const rest = old.map((demand) => (demand === union ? { ...demand, split: true } : demand));
    return alternatives.every((alternative) => {
      const narrowed = unite(rest, flatten(this.oldDocument, alternative));
      return this.try(() => this.compare(narrowed, node, path, splits + 1)).length === 0;
    });
  }
}

/** Reasons why the new schema may refuse properties, always an object, that the old one took. */
export function compareDocuments(old: SchemaDocument, fresh: SchemaDocument): readonly Reason[] {
  const comparison = new SchemaComparison(old, fresh);
  const anObject: Conjunction = [{ node: { type: 'object' }, split: false }];
  comparison.compare(unite(anObject, flatten(old, old.root)), fresh.root, 'properties');
  return comparison.reasons;
}

function alternativesOf(node: JsonObject): SchemaNode[] | undefined {
  const list = Array.isArray(node.anyOf) ? node.anyOf : node.oneOf;
  return Array.isArray(list) ? list.filter(isSchemaNode) : undefined;
}

/** Every value the old version can have taken at a place, where that is a short list. */
function listValues(old: readonly Demand[], types: ReadonlySet<Atom>): readonly JsonValue[] | undefined {
  for (const { node } of old) {
    if (Array.isArray(node.enum)) return node.enum;
    if (node.const !== undefined) return [node.const];
  }
  const few = [...types].every((type) => type === 'null' || type === 'boolean');
  return few ? [null, true, false] : undefined;
}

function checkTypes(comparison: Comparison, { types, node, path }: Pair): void {
  const allowed = typesOf(node);
  const lost = [...types].filter((type) => !allowed.has(type));
  if (lost.length === 0) return;
  const names = lost.includes('fraction')
    ? ['number', ...lost.filter((type) => type !== 'fraction' && type !== 'integer')]
    : lost;
  comparison.report(
    path,
    'type_narrowed',
    `${path} could be ${names.join(', ')}, which is not allowed any more`,
  );
}

function checkValues(comparison: Comparison, { node, path }: Pair): void {
  if (node.enum === undefined && node.const === undefined) return;
  comparison.report(path, 'values_narrowed', `${path} could be any value, and is now one of a list`);
}

/** `anyOf`, `oneOf`, `not` of the new version. */
function checkAlternatives(comparison: Comparison, { old, types, node, path }: Pair): void {
  const covers = (schema: SchemaNode): boolean =>
    comparison.try(() => comparison.compare(old, schema, path, SPLITS_MAX)).length === 0;
  if (Array.isArray(node.anyOf) && !old.some((demand) => comparison.areSame(demand.node.anyOf, node.anyOf))) {
    if (!node.anyOf.filter(isSchemaNode).some(covers)) {
      comparison.report(
        path,
        'not_comparable',
        `cannot be shown to be compatible: no alternative of "anyOf" at ${path} takes all that was taken`,
      );
    }
  }
  if (Array.isArray(node.oneOf) && !old.some((demand) => comparison.areSame(demand.node.oneOf, node.oneOf))) {
    const alternatives = node.oneOf.filter(isSchemaNode);
    const fitting = alternatives.filter((schema) => couldFit(comparison.freshDocument, schema, types));
    if (fitting.length !== 1 || !covers(fitting[0]!)) {
      comparison.report(
        path,
        'not_comparable',
        `cannot be shown to be compatible: "oneOf" at ${path} may fit twice or not at all`,
      );
    }
  }
  if (isSchemaNode(node.not) && !old.some((demand) => comparison.isSame(demand.node.not, node.not))) {
    if (couldFit(comparison.freshDocument, node.not, types)) {
      comparison.report(
        path,
        'not_comparable',
        `cannot be shown to be compatible: "not" at ${path} may exclude what was taken`,
      );
    }
  }
}

/** Whether a schema can be satisfied by any of the types. */
function couldFit(document: SchemaDocument, schema: SchemaNode, types: ReadonlySet<Atom>): boolean {
  const demands = flatten(document, schema);
  if (demands === undefined) return false;
  const own = typesOfAll(demands);
  return [...types].some((type) => own.has(type));
}

/** `if`, `then` and `else` of the new version. */
function checkConditions(comparison: Comparison, { old, node, path }: Pair): void {
  if (!isSchemaNode(node.if)) return;
  const twin = old.find((demand) => comparison.isSame(demand.node.if, node.if));
  for (const keyword of ['then', 'else']) {
    const fresh = node[keyword];
    if (!isSchemaNode(fresh)) continue;
    const branch = twin?.node[keyword];
    const narrowed = isSchemaNode(branch) ? unite(old, flatten(comparison.oldDocument, branch)) : old;
    comparison.compare(narrowed, fresh, path);
  }
}
