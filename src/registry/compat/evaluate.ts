import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.js';
import { compileSchema } from '../schema/compile.js';
import { isSchemaNode, resolveRef, type SchemaDocument, type SchemaNode } from '../schema/document.js';
import { KEYWORDS, type KeywordShape } from '../schema/keywords.js';

/** Which of the values all the schemas accept. The schemas may stand anywhere in the document. */
export function filterAccepted(
  document: SchemaDocument,
  schemas: readonly SchemaNode[],
  values: readonly JsonValue[],
): JsonValue[] {
  const root = { allOf: schemas.map((schema) => inlineRefs(document, schema)) };
  const validate = compileSchema({ root, draft: document.draft });
  return values.filter((value) => validate(value).length === 0);
}

/** A copy that stands alone: each reference replaced by what it leads to. */
function inlineRefs(document: SchemaDocument, schema: SchemaNode): SchemaNode {
  if (typeof schema === 'boolean') return schema;
  const copy: JsonObject = {};
  const demands: JsonValue[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    const shape = KEYWORDS[document.draft].get(keyword);
    if (shape === undefined || shape === 'note' || keyword === '$defs' || keyword === 'definitions') continue;
    if (keyword === '$ref' && typeof value === 'string') {
      const target = resolveRef(document.root, value);
      if (target !== undefined) demands.push(inlineRefs(document, target.node));
    } else copy[keyword] = inlineInside(document, value, shape);
  }
  return demands.length === 0
    ? copy
    : { ...copy, allOf: [...(Array.isArray(copy.allOf) ? copy.allOf : []), ...demands] };
}

function inlineInside(document: SchemaDocument, value: JsonValue, shape: KeywordShape): JsonValue {
  if (shape === 'value') return value;
  if (Array.isArray(value)) {
    return value.map((one) => (isSchemaNode(one) ? inlineRefs(document, one) : one));
  }
  if ((shape === 'schema_map' || shape === 'dependencies') && isJsonObject(value)) {
    const members = Object.entries(value);
    return Object.fromEntries(
      members.map(([name, one]) => [name, isSchemaNode(one) ? inlineRefs(document, one) : one]),
    );
  }
  return isSchemaNode(value) ? inlineRefs(document, value) : value;
}
