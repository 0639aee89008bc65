/** Features a project can switch off, or open to a part of its keys. */
import { createHash } from 'node:crypto';

export const FLAG_NAMES = [
  'analytics.custom_events', // registering event types, and /v1/analytics/events/custom
  'analytics.custom_metrics', // /v1/analytics/metrics/custom
  'analytics.advanced_features', // paths, experiments, predictions, patterns of cohorts
] as const;

export type FlagName = (typeof FLAG_NAMES)[number];

export interface FlagSetting {
  enabled: boolean;
  /** Of the project's keys, 0 to 100. */
  rolloutPercent: number;
}

/** What holds for a flag nobody has set. */
export const FLAG_DEFAULT: FlagSetting = { enabled: true, rolloutPercent: 100 };

/**
 * A key's place in a roll-out, 0 to 99: the same key always has the same place for a flag, another place for another flag, so
 * that raising the percentage only ever adds keys.
 */
export function placeInRollout(flag: FlagName, project: string, keyId: string): number {
  return createHash('sha256').update(`${flag}\u0000${project}\u0000${keyId}`).digest().readUInt32BE(0) % 100;
}

/** Whether a flag is on for a key. */
export function isOn(setting: FlagSetting, flag: FlagName, project: string, keyId: string): boolean {
  if (!setting.enabled) return false;
  return setting.rolloutPercent >= 100 || placeInRollout(flag, project, keyId) < setting.rolloutPercent;
}
