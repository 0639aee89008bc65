/**
 * Keeps what an evaluation found: states, history and messages move on together, in one transaction that holds the alert's row.
 * So whatever process evaluates, however often and however it ends, an incident is opened once and told once: a message's
 * id is made of what it says.
 */
import { createHash } from 'node:crypto';
import type { Metadata, Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import { advance, createState, type MessageKind, type Transition } from './machine.js';
import type { Judgements } from './observe.js';
import { GROUPS_MAX, readGroup } from './reader.js';
import type { Rule } from './rule.js';
import type { AlertRecord, StoredState } from './store.js';

const ADD_DELIVERY = loadStatement('alert-delivery-add');
const ADD_HISTORY = loadStatement('alert-history-add');
const ADVANCE = loadStatement('alert-advance');
const LOCK = loadStatement('alert-lock');
const NOTIFY = loadStatement('alert-notify');

/** Wakes every front when there is something for its sockets. */
export const ALERTS_CHANNEL = 'weir_alerts';
/** A rule that was not looked at for so many of its intervals was not watched. */
const GAP_INTERVALS = 3;
const GAP_MIN_MS = 60_000;
/** Values known of one rule; more than are judged, because those that fire are kept when others come. */
const STATES_MAX = 4 * GROUPS_MAX;

const gapOf = ({ intervalMs }: Pick<Rule, 'intervalMs'>): number =>
  Math.max(GAP_MIN_MS, GAP_INTERVALS * intervalMs);

/** Notified of, such as to a webhook. */
export interface AlertMessage {
  readonly id: string;
  readonly type: 'alert';
  readonly status: MessageKind;
  readonly alert: { readonly id: string; readonly name: string };
  readonly project: string;
  readonly dimension_value: unknown;
  readonly value: number | null;
  /** What would be usual, for anomalies. */
  readonly usual?: { readonly low: number; readonly high: number };
  /** Which process or part it is about, or why there is no value. */
  readonly note?: string;
  readonly rule: AlertRecord['rule'];
  readonly incident: string;
  readonly started_at: string;
  readonly at: string;
}

function composeMessage(
  record: AlertRecord,
  group: string,
  state: StoredState,
  status: MessageKind,
): AlertMessage {
  const { id, name, project } = record;
  const { channels: _, ...rule } = record.rule;
  // Values may be long, and ids have a length.
  const about = createHash('sha256').update(group).digest('hex').slice(0, 12);
  return {
    id: `${id}:${about}:${state.incident}:${status}`,
    type: 'alert',
    status,
    alert: { id, name },
    project,
    dimension_value: readGroup(group),
    value: state.value,
    ...(state.low === undefined ? {} : { usual: { low: state.low, high: state.high! } }),
    ...(state.note === undefined ? {} : { note: state.note }),
    rule,
    incident: state.incident,
    started_at: new Date(Number(state.incident)).toISOString(),
    at: new Date(state.seenAt).toISOString(),
  };
}

async function addMessages(
  run: Run,
  { id, project }: AlertRecord,
  rule: Rule,
  message: AlertMessage,
): Promise<void> {
  const body = JSON.stringify(message);
  if (rule.hasSocket)
    await run.query(ADD_DELIVERY, [`${message.id}:socket`, id, project, 'socket', '', body, 'sent']);
  for (const url of rule.webhooks) {
    const place = createHash('sha256').update(url).digest('hex').slice(0, 12);
    await run.query(ADD_DELIVERY, [`${message.id}:${place}`, id, project, 'webhook', url, body, 'waiting']);
  }
}

const addHistory = (
  run: Run,
  id: string,
  group: string,
  { at, from, to, incident }: Transition,
  value: number | null,
  isSilenced: boolean,
): Promise<object[]> =>
  run.query(ADD_HISTORY, [id, group, new Date(at), from, to, value, incident, isSilenced]);

/** What is kept of the values: those that are well and were not seen are forgotten. */
function bound(states: ReadonlyMap<string, StoredState>): Record<string, StoredState> {
  const open = ({ status }: StoredState): number => (status === 'firing' ? 0 : status === 'pending' ? 1 : 2);
  const sorted = [...states].sort(([, a], [, b]) => open(a) - open(b));
  return Object.fromEntries(sorted.slice(0, STATES_MAX));
}

/** Keeps what was found of an alert at a time, ms. False: the rule was changed or deleted meanwhile. @throws MetadataError */
export async function recordFindings(
  metadata: Metadata,
  record: AlertRecord,
  rule: Rule,
  found: Judgements,
  nowMs: number,
): Promise<boolean> {
  const { id, revision } = record;
  return metadata.transaction(async (run) => {
    const [held] = await run.query<Pick<AlertRecord, 'states' | 'silencedUntil'>>(LOCK, [id, revision]);
    if (!held) return false;
    const isSilenced = held.silencedUntil !== null && held.silencedUntil.getTime() > nowMs;
    const patience = { forMs: rule.forMs, gapMs: gapOf(rule) };
    const states = new Map<string, StoredState>();
    let isHeard = false;
    // A value that fires and is gone has nothing to measure any more.
    const open = Object.keys(held.states).filter((group) =>
      ['pending', 'firing'].includes(held.states[group]!.status),
    );
    for (const group of new Set([...found.keys(), ...open])) {
      const judged = found.get(group)?.[0] ?? { isMet: false, value: null };
      const before = held.states[group] ?? createState(nowMs);
      const { state, transitions, message } = advance(before, judged, patience, { nowMs, isSilenced });
      const { isMet: _, ...said } = judged;
      const kept: StoredState = { ...state, ...said };
      states.set(group, kept);
      for (const one of transitions) await addHistory(run, id, group, one, judged.value, isSilenced);
      if (!message) continue;
      await addMessages(run, record, rule, composeMessage(record, group, kept, message));
      isHeard ||= rule.hasSocket;
    }
    await run.query(ADVANCE, [id, JSON.stringify(bound(states)), new Date(nowMs)]);
    if (isHeard) await run.query(NOTIFY, [ALERTS_CHANNEL]);
    return true;
  });
}
