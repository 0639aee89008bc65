/** Alerts as they are shown. */
import type { Run } from '../metadata/metadata.js';
import type { AlertStatus } from './machine.js';
import { readGroup } from './reader.js';
import {
  type AlertRecord,
  type DeliveryRow,
  type HistoryRow,
  listAlerts,
  type StoredState,
} from './store.js';

/** Alerts that a socket hears of when it begins to listen. */
const FIRING_SHOWN = 100;
/** The worst of them is the alert's. */
const RANK: readonly AlertStatus[] = ['firing', 'pending', 'resolved', 'ok'];

const showState = (group: string, state: StoredState) => ({
  dimension_value: readGroup(group),
  status: state.status,
  since: new Date(state.since).toISOString(),
  value: state.value,
  ...(state.low === undefined ? {} : { usual: { low: state.low, high: state.high! } }),
  ...(state.note === undefined ? {} : { note: state.note }),
});

/** An alert with its current state: the worst of its dimension values, and each of them. */
export function showAlert(record: AlertRecord) {
  const states = Object.entries(record.states).map(([group, state]) => showState(group, state));
  const worst = RANK.find((status) => states.some((state) => state.status === status)) ?? 'ok';
  const silencedUntil =
    record.silencedUntil && record.silencedUntil.getTime() > Date.now() ? record.silencedUntil : null;
  return {
    id: record.id,
    name: record.name,
    ...record.rule,
    builtin: record.builtin !== '',
    status: worst,
    states,
    silenced_until: silencedUntil?.toISOString() ?? null,
    evaluated_at: record.evaluatedAt?.toISOString() ?? null,
    last_error: record.lastError === '' ? null : record.lastError,
    created_at: record.createdAt.toISOString(),
    updated_at: record.updatedAt.toISOString(),
  };
}

export type ShownAlert = ReturnType<typeof showAlert>;

export const showHistory = (row: HistoryRow) => ({
  id: row.id,
  at: row.at.toISOString(),
  dimension_value: readGroup(row.dimensionValue),
  from: row.fromStatus,
  to: row.toStatus,
  value: row.value,
  incident: row.incident === '' ? null : row.incident,
  silenced: row.silenced,
});

export const showDelivery = (row: DeliveryRow) => ({
  id: row.id,
  webhook: row.url,
  state: row.state,
  attempts: row.attempts,
  error: row.error === '' ? null : row.error,
  created_at: row.createdAt.toISOString(),
  finished_at: row.finishedAt?.toISOString() ?? null,
});

/** A project's alerts that fire. @throws MetadataError */
export async function listFiring(run: Run, project: string): Promise<readonly ShownAlert[]> {
  const records = await listAlerts(run, project, { limit: FIRING_SHOWN, after: '' }, true);
  return records.map(showAlert);
}
