/**
 * What the pipeline asks of users' own stages, as plain data: the pipeline says which events are to be seen at which place,
 * somebody else runs the plugins (src/plugins/runner.ts) and gives back one outcome an event, in order.
 */
import type { JsonObject, JsonValue } from '../event/json.js';

/**
 * check    after the event type's rules, before enrichment: plugins of kind validate, and validators of event types
 * change   after enrichment, before encoding: enrich, then drop, then redact, then split; of one kind by file name
 */
export type PluginPlace = 'check' | 'change';

export const PLUGIN_KINDS = ['validate', 'enrich', 'drop', 'redact', 'split', 'validator'] as const;
export type PluginKind = (typeof PLUGIN_KINDS)[number];

/** A loaded plugin. */
export interface PluginDescriptor {
  file: string;
  name: string;
  kind: PluginKind;
  /** The event types it wants. Undefined: all. */
  events?: readonly string[] | undefined;
}

/** A validator of an event type that a plugin judges. */
export interface ValidatorCall {
  name: string;
  options: Readonly<Record<string, unknown>>;
}

export interface PluginInput {
  event: JsonObject;
  /** Of the event's type; at `check` only. */
  validators?: readonly ValidatorCall[];
}

export interface PluginCall {
  place: PluginPlace;
  project: string;
  receivedAtMs: number;
  inputs: readonly PluginInput[];
}

export type PluginFailureCode = 'plugin_failed' | 'plugin_timeout' | 'plugin_memory';

/** A plugin that gave no answer for this event. */
export interface PluginFailure {
  plugin: string;
  code: PluginFailureCode;
  message: string;
}

/** What an answer says of one event. What is missing did not happen. */
export interface PluginOutcome {
  failed?: PluginFailure;
  /** At `check`. */
  problems?: { plugin: string; path: string; message: string }[];
  /** At `check`: one for each validator asked. */
  validators?: ({ property: string; expected: string } | { failure: string } | null)[];
  /** At `change`: the plugin that discarded it. */
  dropped?: string;
  /** At `change`: members that replace the event's. */
  changed?: { [member: string]: JsonValue };
  parts?: JsonValue[];
  /** At `change`: the plugin that had the last word, to blame for what it made. */
  by?: string;
}

export interface PluginAnswer {
  outcomes: readonly PluginOutcome[];
  /** Time in each plugin, by name. */
  ms: Readonly<Record<string, number>>;
}

/** The plugins in force for a task, and who runs them. */
export interface PluginHost {
  readonly plugins: readonly PluginDescriptor[];
  /** Never rejects: what fails, fails an event. */
  run(call: PluginCall): Promise<PluginAnswer>;
}
