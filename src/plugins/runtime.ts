/**
 * What runs inside the plugin process: users' code, applied to one event at a time. Whatever it throws or returns becomes an
 * outcome; whatever it does to the process is the runner's to notice (runner.ts).
 */
import type { JsonObject, JsonValue } from '../event/json.js';
import type {
  PluginDescriptor,
  PluginInput,
  PluginKind,
  PluginOutcome,
  PluginPlace,
  ValidatorCall,
} from '../pipeline/plugin-call.js';

/** A plugin as it was imported. */
export interface LoadedPlugin extends PluginDescriptor {
  run: (subject: unknown, context: unknown) => unknown;
}

/** Kinds that run at each place, in their order. */
const KINDS_OF_PLACE: Readonly<Record<PluginPlace, readonly PluginKind[]>> = {
  check: ['validate'],
  change: ['enrich', 'drop', 'redact', 'split'],
};

const MESSAGE_LENGTH_MAX = 500;
const PROBLEMS_MAX = 10;

export interface RuntimeCall {
  project: string;
  received_at: string;
}

/** `watch` is told of each plugin before it runs, and gets the time each took. */
export interface Watch {
  begin(plugin: string): void;
  spent(plugin: string, ms: number): void;
}

class Refused extends Error {}

const shorten = (text: string): string => text.slice(0, MESSAGE_LENGTH_MAX);

export const describeThrown = (error: unknown): string =>
  shorten(error instanceof Error ? `${error.name}: ${error.message}` : `threw ${String(error)}`);

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A fresh copy for each plugin: what it does to its own is nobody's business. */
const copy = (value: JsonObject): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

function runOne(plugin: LoadedPlugin, subject: unknown, context: unknown, watch: Watch): unknown {
  watch.begin(plugin.name);
  const start = performance.now();
  try {
    const answer = plugin.run(subject, context);
    if (isMap(answer) && 'then' in answer)
      throw new Refused('answered with a promise; it must answer at once');
    return answer ?? undefined;
  } finally {
    watch.spent(plugin.name, performance.now() - start);
  }
}

function readProblems(answer: unknown): { path: string; message: string }[] {
  const list = Array.isArray(answer) ? answer : answer === undefined ? [] : [answer];
  return list.slice(0, PROBLEMS_MAX).map((one: unknown) => {
    if (typeof one === 'string') return { path: '', message: shorten(one) };
    if (!isMap(one) || typeof one.message !== 'string')
      throw new Refused('answered with something else than a text or {path, message}');
    return { path: typeof one.path === 'string' ? shorten(one.path) : '', message: shorten(one.message) };
  });
}

function runValidator(
  { name, options }: ValidatorCall,
  event: JsonObject,
  plugins: readonly LoadedPlugin[],
  watch: Watch,
): NonNullable<PluginOutcome['validators']>[number] {
  const plugin = plugins.find((one) => one.kind === 'validator' && one.name === name);
  if (plugin === undefined) return { failure: `no validator plugin is called "${name}"` };
  try {
    const answer = runOne(plugin, copy(event.properties as JsonObject), options, watch);
    if (answer === undefined) return null;
    if (!isMap(answer) || typeof answer.property !== 'string' || typeof answer.expected !== 'string')
      throw new Refused('answered with something else than {property, expected}');
    return { property: shorten(answer.property), expected: shorten(answer.expected) };
  } catch (error) {
    return { failure: `validator "${name}" failed: ${describeThrown(error)}` };
  }
}

/** Puts an answer into the event and notes what changed. Answers true when nothing further has to run. */
function apply(
  { kind, name }: LoadedPlugin,
  answer: unknown,
  event: Record<string, JsonValue>,
  outcome: PluginOutcome,
): boolean {
  if (answer === undefined) return false;
  if (kind === 'validate') {
    for (const problem of readProblems(answer))
      outcome.problems = [...(outcome.problems ?? []), { plugin: name, ...problem }];
    return false;
  }
  if (kind === 'drop') {
    if (typeof answer !== 'boolean') throw new Refused('answered with something else than true or false');
    if (answer) outcome.dropped = name;
    return answer;
  }
  outcome.by = name;
  if (kind === 'split') {
    if (!Array.isArray(answer)) throw new Refused('answered with something else than an array of parts');
    outcome.parts = answer as JsonValue[];
    return true;
  }
  if (!isMap(answer)) throw new Refused('answered with something else than an object');
  const members =
    kind === 'enrich' ? ['properties', 'context'] : ['user_id', 'anonymous_id', 'properties', 'context'];
  for (const member of members) {
    const given = answer[member] as JsonValue | undefined;
    if (given === undefined) continue;
    const value = kind === 'enrich' && isMap(given) ? { ...(event[member] as JsonObject), ...given } : given;
    event[member] = value;
    outcome.changed = { ...outcome.changed, [member]: value };
  }
  return false;
}

/** Runs the plugins of a place on one event. Never throws. */
export function runPlugins(
  plugins: readonly LoadedPlugin[],
  place: PluginPlace,
  { event, validators }: PluginInput,
  context: RuntimeCall,
  watch: Watch,
): PluginOutcome {
  const outcome: PluginOutcome = {};
  if (validators) outcome.validators = validators.map((one) => runValidator(one, event, plugins, watch));
  for (const kind of KINDS_OF_PLACE[place]) {
    for (const plugin of plugins) {
      if (plugin.kind !== kind || plugin.events?.includes(String(event.event)) === false) continue;
      try {
        if (apply(plugin, runOne(plugin, copy(event), { ...context }, watch), event, outcome)) return outcome;
      } catch (error) {
        const reason = error instanceof Refused ? error.message : describeThrown(error);
        return { failed: { plugin: plugin.name, code: 'plugin_failed', message: reason } };
      }
    }
  }
  return outcome;
}
