/**
 * Is this a schema that can be taken? Looked at before anything is compiled, and everything wrong with it is said at
 * once, each with its place as a JSON pointer.
 *
 * A schema is a program that its author makes us run for every event, so beyond being well-formed it must be bounded:
 * in size and depth, in its patterns (linear, see ../pattern), in its references (inside the document, never in a
 * circle, and small when written out, or ten lines of references to references would take hours to check). Unknown
 * keywords are refused, not ignored as the standard has it, because `minimun` would check nothing; `x-…` are free.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.js';
import { compilePattern } from '../pattern/pattern.js';
import { type Child, listChildren, resolveRef, type SchemaDocument } from './document.js';
import { type Draft, FORMATS, KEYWORDS, readDraft, UNSUPPORTED_KEYWORDS } from './keywords.js';
import { checkMetaSchema } from './meta-schema.js';
import { nearestName } from './nearest-name.js';
import { extendPointer } from './pointer.js';

/** Bytes of a schema as compact JSON. */
const SCHEMA_BYTES_MAX = 256 * 1024;
/** Objects and arrays inside each other. */
const SCHEMA_DEPTH_MAX = 64;
/** Schemas in a schema as written. An event has 500 properties at most; ajv's writing of code is recursive. */
const SCHEMAS_MAX = 2_000;
/** Schemas inside each other once references are written out: how deep a check may recurse. */
const EXPANDED_DEPTH_MAX = 200;
/** Schemas in a schema once every reference is replaced by what it stands for: what one event may be checked against. */
const EXPANDED_SCHEMAS_MAX = 20_000;
/** Distinct regular expressions: 10 ms each to inspect, at worst. */
const PATTERNS_MAX = 100;
/** Values of one `enum`. */
export const ENUM_VALUES_MAX = 1_000;
/** Problems reported for one definition. */
const DEFINITION_PROBLEMS_MAX = 50;

/** One thing wrong with a definition. `path` is a JSON pointer from the definition: "/schema/properties/price/minimun". */
export interface DefinitionProblem {
  path: string;
  code: DefinitionProblemCode;
  message: string;
}

export type DefinitionProblemCode =
  | 'not_a_schema'
  | 'unsupported_draft'
  | 'schema_too_large'
  | 'schema_too_deep'
  | 'invalid_schema'
  | 'unknown_keyword'
  | 'unsupported_keyword'
  | 'unknown_format'
  | 'enum_too_large'
  | 'too_many_patterns'
  | 'forbidden_key'
  | 'remote_ref'
  | 'unresolved_ref'
  | 'recursive_ref'
  | 'invalid_pattern'
  | 'unsupported_pattern'
  | 'pattern_too_large'
  | 'catastrophic_pattern'
  | 'invalid_validator'
  | 'unknown_plugin'
  | 'invalid_definition';

/** Keys that change what an object is instead of what it holds. */
const FORBIDDEN_KEY = '__proto__';

/** Inspects a schema; `place` is where it stands, as a JSON pointer. */
export function inspectSchema(
  schema: JsonValue | undefined,
  place = '/schema',
): { document: SchemaDocument } | { problems: DefinitionProblem[] } {
  if (!isJsonObject(schema)) {
    const message = 'a schema is a JSON object, such as {"type": "object", "properties": {…}}';
    return { problems: [{ path: place, code: 'not_a_schema', message }] };
  }
  const tooBig = measureValue(schema, place);
  if (tooBig) return { problems: [tooBig] };
  const draft = readDraft(schema.$schema);
  if (draft === undefined) {
    const message = 'only JSON Schema 2020-12 (the default) and draft-07 are read';
    return { problems: [{ path: `${place}/$schema`, code: 'unsupported_draft', message }] };
  }
  const inspector = new Inspector({ root: schema, draft }, place);
  const problems = inspector.inspect();
  return problems.length === 0
    ? { document: { root: schema, draft } }
    : { problems: problems.slice(0, DEFINITION_PROBLEMS_MAX) };
}

/** Depth, forbidden keys and size, without recursion: nothing else may walk the value before. */
function measureValue(schema: JsonObject, place: string): DefinitionProblem | undefined {
  const open: { value: JsonValue; path: string; depth: number }[] = [
    { value: schema, path: place, depth: 1 },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path, depth } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > SCHEMA_DEPTH_MAX) {
      const message = `nested deeper than ${SCHEMA_DEPTH_MAX} levels`;
      return { path, code: 'schema_too_deep', message };
    }
    for (const [key, inner] of Object.entries(value)) {
      const inside = extendPointer(path, key);
      if (key === FORBIDDEN_KEY) {
        return { path: inside, code: 'forbidden_key', message: `"${key}" cannot be a name` };
      }
      if (typeof inner === 'object') open.push({ value: inner, path: inside, depth: depth + 1 });
    }
  }
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes <= SCHEMA_BYTES_MAX) return undefined;
  const message = `the schema is ${bytes} bytes of JSON, ${SCHEMA_BYTES_MAX} are allowed`;
  return { path: place, code: 'schema_too_large', message };
}

class Inspector {
  private readonly problems: DefinitionProblem[] = [];
  private readonly patterns = new Set<string>();
  private readonly schemas = new Set<string>();
  private readonly refs: { ref: string; pointer: string }[] = [];
  private readonly root: JsonObject;
  private readonly draft: Draft;

  constructor(
    document: SchemaDocument,
    private readonly place: string,
  ) {
    this.root = document.root;
    this.draft = document.draft;
  }

  inspect(): DefinitionProblem[] {
    this.walk({ node: this.root, pointer: '' });
    for (const { ref, pointer } of this.refs) this.checkRef(ref, pointer);
    for (const { pointer, message } of checkMetaSchema({ root: this.root, draft: this.draft })) {
      if (!this.problems.some((one) => one.path.startsWith(this.place + pointer))) {
        this.report(pointer, 'invalid_schema', message);
      }
    }
    if (this.schemas.size > SCHEMAS_MAX) {
      const message = `the schema holds ${this.schemas.size} schemas, ${SCHEMAS_MAX} are allowed`;
      this.report('', 'schema_too_large', message);
    }
    if (this.problems.length === 0) this.findCircles();
    return this.problems;
  }

  private report(pointer: string, code: DefinitionProblemCode, message: string): void {
    this.problems.push({ path: this.place + pointer, code, message });
  }

  private walk({ node, pointer }: Child): void {
    this.schemas.add(pointer);
    if (typeof node === 'boolean' || this.problems.length >= DEFINITION_PROBLEMS_MAX) return;
    for (const [keyword, value] of Object.entries(node)) {
      this.checkKeyword(keyword, value, extendPointer(pointer, keyword), pointer === '');
    }
    for (const child of listChildren(node, pointer, this.draft)) this.walk(child);
  }

  private checkKeyword(keyword: string, value: JsonValue, pointer: string, atRoot: boolean): void {
    if (keyword.startsWith('x-')) return;
    const wayOut = UNSUPPORTED_KEYWORDS.get(keyword);
    if (wayOut !== undefined) {
      this.report(pointer, 'unsupported_keyword', `"${keyword}" is not supported: ${wayOut}`);
    } else if ((keyword === '$id' || keyword === '$schema') && !atRoot) {
      this.report(pointer, 'unsupported_keyword', `"${keyword}" is allowed at the top of a schema only`);
    } else if (!KEYWORDS[this.draft].has(keyword)) {
      this.reportUnknown(keyword, pointer);
    } else {
      this.checkValue(keyword, value, pointer);
    }
  }

  private reportUnknown(keyword: string, pointer: string): void {
    const near = nearestName(keyword, [...KEYWORDS[this.draft].keys()]);
    const other = this.draft === '2020-12' ? 'draft-07' : '2020-12';
    const hint = KEYWORDS[other].has(keyword)
      ? `it belongs to ${other}, and this schema is read as ${this.draft}`
      : near !== undefined
        ? `did you mean "${near}"?`
        : 'names of your own begin with "x-"';
    this.report(pointer, 'unknown_keyword', `"${keyword}" is not a keyword of JSON Schema: ${hint}`);
  }

  private checkValue(keyword: string, value: JsonValue, pointer: string): void {
    if (keyword === 'pattern' && typeof value === 'string') this.checkPattern(value, pointer);
    else if (keyword === 'patternProperties' && isJsonObject(value)) {
      for (const source of Object.keys(value)) this.checkPattern(source, extendPointer(pointer, source));
    } else if (keyword === 'format' && typeof value === 'string' && !Object.hasOwn(FORMATS, value)) {
      const known = Object.keys(FORMATS).join(', ');
      this.report(pointer, 'unknown_format', `format "${value}" is not checked here; known are ${known}`);
    } else if (keyword === 'enum' && Array.isArray(value) && value.length > ENUM_VALUES_MAX) {
      const message = `${value.length} values, ${ENUM_VALUES_MAX} are allowed: use a pattern, or leave it open`;
      this.report(pointer, 'enum_too_large', message);
    } else if (keyword === '$ref' && typeof value === 'string') this.refs.push({ ref: value, pointer });
  }

  private checkPattern(source: string, pointer: string): void {
    if (this.patterns.has(source)) return;
    this.patterns.add(source);
    if (this.patterns.size === PATTERNS_MAX + 1) {
      this.report(pointer, 'too_many_patterns', `more than ${PATTERNS_MAX} different patterns`);
    }
    if (this.patterns.size > PATTERNS_MAX) return;
    const result = compilePattern(source);
    if ('problem' in result) this.report(pointer, result.problem.code, result.problem.message);
  }

  /** Only what was walked as a schema may be referred to: the inside of `default` or `x-…` was not looked at. */
  private checkRef(ref: string, pointer: string): void {
    if (!ref.startsWith('#')) {
      const message = `"${ref}" leads out of the schema; put what it means under "$defs" and refer to "#/$defs/…"`;
      this.report(pointer, 'remote_ref', message);
    } else if (!this.schemas.has(resolveRef(this.root, ref)?.pointer ?? '#')) {
      const message = `"${ref}" leads to no schema; references are JSON pointers such as "#/$defs/price"`;
      this.report(pointer, 'unresolved_ref', message);
    }
  }

  /** Follows every reference; a schema met inside itself is a circle, and sizes add up on the way back. */
  private findCircles(): void {
    const measured = new Map<JsonValue, Extent>();
    const inside = new Set<JsonValue>();
    const measure = ({ node, pointer }: Child, level: number): Extent => {
      if (typeof node === 'boolean') return { size: 1, depth: 1 };
      const known = measured.get(node);
      if (known !== undefined) return known;
      const extent = { size: 1, depth: 1 };
      inside.add(node);
      for (const part of this.listParts(node, pointer)) {
        if (inside.has(part.node)) this.reportCircle(node, pointer);
        if (this.problems.length > 0 || level > EXPANDED_DEPTH_MAX) break;
        const { size, depth } = measure(part, level + 1);
        extent.size += size;
        extent.depth = Math.max(extent.depth, depth + 1);
      }
      inside.delete(node);
      measured.set(node, extent);
      return extent;
    };
    const { size, depth } = measure({ node: this.root, pointer: '' }, 1);
    if (this.problems.length > 0) return;
    const written = 'with every reference written out the schema';
    if (depth > EXPANDED_DEPTH_MAX) {
      this.report('', 'schema_too_deep', `${written} is deeper than ${EXPANDED_DEPTH_MAX} levels`);
    } else if (size > EXPANDED_SCHEMAS_MAX) {
      const message = `${written} holds ${size} schemas, ${EXPANDED_SCHEMAS_MAX} are allowed`;
      this.report('', 'schema_too_large', message);
    }
  }

  private listParts(node: JsonObject, pointer: string): Child[] {
    const target = typeof node.$ref === 'string' ? resolveRef(this.root, node.$ref) : undefined;
    const children = listChildren(node, pointer, this.draft);
    return target === undefined ? children : [...children, target];
  }

  private reportCircle(node: JsonObject, pointer: string): void {
    const message = `"${String(node.$ref)}" leads back to a schema that contains it: recursive schemas are not taken`;
    this.report(extendPointer(pointer, '$ref'), 'recursive_ref', message);
  }
}

/** How much a schema comes to when references are written out. */
interface Extent {
  size: number;
  depth: number;
}
