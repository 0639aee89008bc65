import { createHash } from 'node:crypto';
import { isJsonObject, type JsonValue } from '../../event/json.js';
import { writeCanonicalJson } from '../schema/canonical-json.js';
import { isSchemaNode, resolveRef, type SchemaDocument, type SchemaNode } from '../schema/document.js';
import { KEYWORDS } from '../schema/keywords.js';

/** Says of two schemas, of one document or two, whether they are the same but for their notes and their references. */
export type Fingerprint = (node: SchemaNode) => string;

/** Fingerprints of one document's schemas, each computed once: a reference counts as what it leads to. */
export function createFingerprint({ root, draft }: SchemaDocument): Fingerprint {
  const known = new Map<SchemaNode, string>();

  function printValue(value: JsonValue, isSchema: boolean): JsonValue {
    if (isSchema && isSchemaNode(value)) return print(value);
    if (Array.isArray(value)) return value.map((one) => printValue(one, isSchema));
    return value;
  }

  function print(node: SchemaNode): string {
    if (typeof node === 'boolean') return String(node);
    const before = known.get(node);
    if (before !== undefined) return before;
    const members: Record<string, JsonValue> = {};
    for (const [keyword, value] of Object.entries(node)) {
      const shape = KEYWORDS[draft].get(keyword);
      if (shape === undefined || shape === 'note' || keyword === '$defs' || keyword === 'definitions')
        continue;
      if (keyword === '$ref') {
        const target = typeof value === 'string' ? resolveRef(root, value) : undefined;
        members.$ref = target === undefined ? value : print(target.node);
      } else if ((shape === 'schema_map' || shape === 'dependencies') && isJsonObject(value)) {
        members[keyword] = Object.fromEntries(
          Object.entries(value).map(([name, one]) => [name, printValue(one, isSchemaNode(one))]),
        );
      } else members[keyword] = printValue(value, shape !== 'value');
    }
    const text = createHash('sha256').update(writeCanonicalJson(members)).digest('base64');
    known.set(node, text);
    return text;
  }

  return print;
}
