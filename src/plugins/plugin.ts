/**
 * What a plugin is. A plugin is one file of the plugin folder, an ES module that exports a `stage`:
 *
 *   export const stage = { name: 'country', kind: 'enrich', run: (event) => ({ properties: { … } }) };
 *
 * Types only, and no imports, so that plugins can be written against this file. It is self-contained JavaScript: it may import
 * Node's own modules (`node:crypto`) and nothing else. `run` answers at once; a promise is not an answer.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonMap = { [key: string]: Json };

/** An event as plugins see it. Changing it changes nothing: only what `run` returns counts. */
export interface PluginEvent {
  event: string;
  /** Missing before enrichment when the client gave none. */
  event_id?: string;
  user_id?: string;
  anonymous_id?: string;
  session_id?: string;
  /** ISO 8601; missing before enrichment when the client gave none. */
  timestamp?: string;
  properties: JsonMap;
  context: JsonMap;
}

export interface PluginContext {
  project: string;
  /** When the event was received, ISO 8601. */
  received_at: string;
}

interface Named {
  /** 1 to 64 lower-case letters, digits, _ and -; names are unique in the folder. */
  name: string;
  /** The event types it wants to see. Absent: every one. Fewer cost less. */
  events?: readonly string[];
}

/** Something wrong with an event. `path` is dotted: "properties.total". */
export interface PluginProblem {
  path?: string;
  message: string;
}

/** Runs after the event type's own rules. Nothing, or an empty list: the event passes. */
export interface ValidatePlugin extends Named {
  kind: 'validate';
  run(
    event: PluginEvent,
    context: PluginContext,
  ): string | PluginProblem | PluginProblem[] | undefined | null;
}

/** Runs after Weir's own enrichment. Members of what it returns are put over those the event has. */
export interface EnrichPlugin extends Named {
  kind: 'enrich';
  run(
    event: PluginEvent,
    context: PluginContext,
  ): { properties?: JsonMap; context?: JsonMap } | undefined | null;
}

/** True: the event is discarded, and counted as dropped. */
export interface DropPlugin extends Named {
  kind: 'drop';
  run(event: PluginEvent, context: PluginContext): boolean | undefined | null;
}

/** What it returns replaces the event's, whole: what is left out of `properties` is gone. */
export interface RedactPlugin extends Named {
  kind: 'redact';
  run(
    event: PluginEvent,
    context: PluginContext,
  ): { user_id?: string; anonymous_id?: string; properties?: JsonMap; context?: JsonMap } | undefined | null;
}

/** What a part does not say it takes from the event. */
export interface EventPart {
  event?: string;
  properties?: JsonMap;
  context?: JsonMap;
}

/** The event becomes these, 1 to 100. Part n has the event's id and its own number: "~<event_id>/<n>". */
export interface SplitPlugin extends Named {
  kind: 'split';
  run(event: PluginEvent, context: PluginContext): EventPart[] | undefined | null;
}

/** What an event type's `validators` refer to by name: {"check": "plugin", "name": …, "options": …}. */
export interface ValidatorPlugin {
  name: string;
  kind: 'validator';
  run(properties: JsonMap, options: JsonMap): { property: string; expected: string } | undefined | null;
}

export type Plugin =
  | ValidatePlugin
  | EnrichPlugin
  | DropPlugin
  | RedactPlugin
  | SplitPlugin
  | ValidatorPlugin;
