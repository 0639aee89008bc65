/**
 * What goes between a worker thread and its plugin process: a JSON document a line, requests on its standard input, replies on
 * file descriptor 3. Replies are written at once and in order, so that the last line before a process dies tells what it was at.
 */
import type { PluginDescriptor, PluginInput, PluginOutcome, PluginPlace } from '../pipeline/plugin-call.js';
import type { PluginSource } from './load.js';

export const REPLY_FD = 3;

export type Request =
  | { load: readonly PluginSource[] }
  | {
      place: PluginPlace;
      project: string;
      received_at: string;
      inputs: readonly PluginInput[];
      /** Each plugin is announced before it runs: slower, and whoever does not come back is known. */
      careful: boolean;
    };

export type Reply =
  | { loaded: PluginDescriptor[] }
  | { refused: string }
  | { running: string }
  | { outcomes: PluginOutcome[] }
  | { done: Record<string, number> };
