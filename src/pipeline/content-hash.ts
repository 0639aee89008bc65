/**
 * The hash of what an event says: name, person, session, timestamp if the client gave one, and properties. The same
 * event sent again has the same hash, whatever the order of its keys; context is left out, since a retry may change it.
 *
 * Each leaf of the properties is hashed with its path, and the hashes are added up: addition forgets the order.
 * Because a leaf is what is stored, {"a": null} and {} say the same, and so do {"a.b": 1} and {"a": {"b": 1}}.
 */
import { HashState } from '../event/hash.js';
import type { JsonObject, JsonValue } from '../event/json.js';
import type { Leaves } from '../native/json-column.js';
import type { Draft } from './draft.js';

const NULL = 1;
const TRUE = 2;
const FALSE = 3;
const NUMBER = 4;
const TEXT = 5;
const ARRAY = 6;
const OBJECT = 7;

const float = new Float64Array(1);
const floatWords = new Int32Array(float.buffer);

function addNumber(state: HashState, value: number): void {
  float[0] = value;
  state.addWord(floatWords[0]!);
  state.addWord(floatWords[1]!);
}

function addValue(state: HashState, value: JsonValue): void {
  if (typeof value === 'string') {
    state.addWord(TEXT);
    state.addText(value);
  } else if (typeof value === 'number') {
    state.addWord(NUMBER);
    addNumber(state, value);
  } else if (typeof value === 'boolean') {
    state.addWord(value ? TRUE : FALSE);
  } else if (value === null) {
    state.addWord(NULL);
  } else if (Array.isArray(value)) {
    state.addWord(ARRAY);
    state.addWord(value.length);
    for (const element of value) addValue(state, element);
  } else {
    addObject(state, value);
  }
}

/** An object inside an array: its members' hashes added up. */
function addObject(state: HashState, object: JsonObject): void {
  const member = new HashState();
  let low = 0;
  let high = 0;
  for (const key in object) {
    const value = object[key]!;
    if (value === null) continue;
    member.reset(0, 0);
    member.addText(key);
    addValue(member, value);
    member.finish();
    low = (low + member.low) | 0;
    high = (high + member.high) | 0;
  }
  state.addWord(OBJECT);
  state.addWord(low);
  state.addWord(high);
}

const state = new HashState();

/** Hashes an event's content into the returned state, which the next call overwrites. `leaves` are its properties'. */
export function hashContent(draft: Draft, leaves: Leaves): Readonly<HashState> {
  const { event, userId, anonymousId, sessionId } = draft.said ?? draft;
  let low = 0;
  let high = 0;
  for (let i = 0; i < leaves.count; i++) {
    const node = leaves.nodes[i]!;
    state.reset(node.hashLow, node.hashHigh);
    addValue(state, leaves.values[i]!);
    state.finish();
    low = (low + state.low) | 0;
    high = (high + state.high) | 0;
  }
  state.reset(low, high);
  state.addText(event);
  state.addText(userId);
  state.addText(anonymousId);
  state.addText(sessionId);
  // As the client gave it: what a wrong clock is corrected by differs from one sending to the next.
  if (draft.hasOwnTimestamp) addNumber(state, draft.timestampMs - draft.clockOffsetMs);
  state.finish();
  return state;
}
