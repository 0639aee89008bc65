/**
 * ClickHouse's JSON column in its flattened form (structure version 3 of the Native format).
 *
 *   prefix  UInt64 3, number of paths, the paths, then each path's Dynamic prefix
 *   values  each path's Dynamic values
 *
 * An object is first taken apart into its leaves, then the leaves are added to their paths' columns. In between the
 * caller may read them: the content hash of an event is made of its leaves.
 *
 * A key with a dot means a deeper path. So an object may say two things about one path; the last counts:
 * {"a.b": 1, "a": {"b": 2}} is a.b = 2, and {"a": 1, "a.b": 2} is a.b = 2. Without dots JSON cannot do so, and the
 * check for it is skipped.
 */
import { hashText } from '../event/hash.js';
import type { JsonObject, JsonValue } from '../event/json.js';
import type { ByteBuffer } from './byte-buffer.js';
import type { Column } from './column.js';
import { DynamicColumn, type JsonBlock, type ObjectColumn } from './dynamic-column.js';

const STRUCTURE_VERSION = 3;

/** A place in the objects of a JSON column: the path to it, and the places below. */
class PathNode {
  private children: Map<string, PathNode> | undefined;
  private readonly childPrefix: string;
  /** Made when the path first has a value in the column; shared by places that have the same path. */
  column: DynamicColumn | undefined;
  /** Hash of the path, in two words. */
  readonly hashLow: number;
  readonly hashHigh: number;

  constructor(
    readonly path: string,
    /** Whether a key on the way has a dot, so that another place may have the same path. */
    readonly dotted: boolean,
    isRoot = false,
  ) {
    this.childPrefix = isRoot ? '' : `${path}.`;
    [this.hashLow, this.hashHigh] = hashText(path);
  }

  child(key: string): PathNode {
    return this.children?.get(key) ?? this.addChild(key);
  }

  private addChild(key: string): PathNode {
    const child = new PathNode(this.childPrefix + key, this.dotted || key.includes('.'));
    this.children ??= new Map();
    this.children.set(key, child);
    return child;
  }
}

/** The leaves of one object: scalars and arrays, never null. The first `count` places count. */
export interface Leaves {
  count: number;
  readonly nodes: PathNode[];
  readonly values: JsonValue[];
}

export class JsonColumn implements Column, ObjectColumn {
  private readonly root = new PathNode('', false, true);
  private readonly columns = new Map<string, DynamicColumn>();
  private readonly leaves: Leaves = { count: 0, nodes: [], values: [] };
  private dotted = false;
  private rows = 0;

  constructor(
    private readonly block: JsonBlock,
    /** Should be the table's, parameters included: the engine converts anything else row by row. */
    readonly type: string = 'JSON',
  ) {}

  /** Adds a row. Objects may be nested EVENT_DEPTH_MAX deep. */
  append(object: JsonObject): void {
    this.takeApart(object);
    this.appendLeaves();
  }

  /** Takes an object apart and leaves it at that; the result is valid until the next call. */
  takeApart(object: JsonObject): Leaves {
    const { leaves } = this;
    leaves.count = 0;
    this.dotted = false;
    this.collect(this.root, object);
    if (this.dotted) keepLastOfEachPath(leaves);
    return leaves;
  }

  /** Adds the object last taken apart as a row. */
  appendLeaves(): void {
    const { count, nodes, values } = this.leaves;
    for (let i = 0; i < count; i++) {
      const node = nodes[i]!;
      node.column ??= this.openColumn(node.path);
      node.column.set(this.rows, values[i]!);
    }
    this.rows++;
    this.block.cells += this.columns.size;
  }

  private collect(parent: PathNode, object: JsonObject): void {
    const { leaves } = this;
    for (const key in object) {
      const value = object[key]!;
      if (value === null) continue;
      const node = parent.child(key);
      if (typeof value === 'object' && !Array.isArray(value)) {
        this.collect(node, value);
        continue;
      }
      if (node.dotted) this.dotted = true;
      leaves.nodes[leaves.count] = node;
      leaves.values[leaves.count++] = value;
    }
  }

  private openColumn(path: string): DynamicColumn {
    const known = this.columns.get(path);
    if (known !== undefined) return known;
    const column = new DynamicColumn(this.block);
    this.columns.set(path, column);
    this.block.cells += this.rows;
    this.block.paths++;
    return column;
  }

  writePrefix(out: ByteBuffer): void {
    out.writeSafeUint64(STRUCTURE_VERSION);
    out.writeVarint(this.columns.size);
    for (const path of this.columns.keys()) out.writeString(path);
    for (const column of this.columns.values()) column.writePrefix(out);
  }

  writeValues(out: ByteBuffer): void {
    for (const column of this.columns.values()) column.writeValues(out, this.rows);
  }
}

/** Drops the leaves that a later one overrides: of the same path, of a path above it, or of one below it. */
function keepLastOfEachPath(leaves: Leaves): void {
  const taken = new Set<string>();
  const above = new Set<string>();
  let kept = leaves.count;
  for (let i = leaves.count - 1; i >= 0; i--) {
    const node = leaves.nodes[i]!;
    const prefixes = listPrefixes(node.path);
    if (taken.has(node.path) || above.has(node.path) || prefixes.some((prefix) => taken.has(prefix)))
      continue;
    taken.add(node.path);
    for (const prefix of prefixes) above.add(prefix);
    kept--;
    leaves.nodes[kept] = node;
    leaves.values[kept] = leaves.values[i]!;
  }
  leaves.nodes.copyWithin(0, kept, leaves.count);
  leaves.values.copyWithin(0, kept, leaves.count);
  leaves.count -= kept;
}

function listPrefixes(path: string): string[] {
  const prefixes: string[] = [];
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    prefixes.push(path.slice(0, dot));
  }
  return prefixes;
}

/** What the JSON columns of one block share. */
export function createJsonBlock(): JsonBlock {
  const block: JsonBlock = { cells: 0, paths: 0, createObjects: () => new JsonColumn(block) };
  return block;
}
