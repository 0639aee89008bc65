/**
 * What the pipeline asks of the registry: may this event pass, and what is wrong with it?
 *
 * A RuleSet is one revision of every project's event types, as a process or a worker thread holds it. It is replaced
 * whole when a definition changes (see rule-set.ts), never edited, so one batch is judged by one revision. How an
 * EventTypeRules is made from a definition is in event-type.ts.
 */
import type { Problem } from '../event/types.js';

/**
 * What happens to an event that breaks its type's rules:
 * observe     it is stored as it is; the violation is only counted
 * warn        it is stored, with the problems written into `context.schema_problems`
 * quarantine  it is set aside in `rejected_events`; its sender still hears yes, and it can be replayed
 * reject      the same, and its sender is told: 422 where the front judges it, `rejected[]` where the worker does
 */
export type ValidationMode = 'observe' | 'warn' | 'quarantine' | 'reject';

export const VALIDATION_MODES = ['observe', 'warn', 'quarantine', 'reject'] as const;

/** A rule an event broke: what was asked for and what was there, both short enough to show. */
export interface SchemaProblem extends Problem {
  expected: string;
  found: string;
}

/**
 * What `unique_in_batch` has seen so far: one for each payload (one request), made by `createPayloadScope`. Not for
 * each insert batch, whose cut depends on timing: a repeat after a crash must be judged the same.
 */
export interface PayloadScope {
  /** True when this value of this property was seen before in the payload; notes it otherwise. */
  seen(event: string, property: string, value: string): boolean;
}

/** One compiled event type. */
export interface EventTypeRules {
  readonly name: string;
  readonly version: number;
  readonly mode: ValidationMode;
  /** Validators that plugins judge, which `check` leaves out: they run elsewhere (src/pipeline/plugin-stage.ts). */
  readonly pluginValidators?: readonly { name: string; options: Readonly<Record<string, unknown>> }[];
  /** The rules these properties break, at most PROBLEMS_MAX; empty when they keep them all. Never throws. */
  check(properties: Readonly<Record<string, unknown>>, scope: PayloadScope): readonly SchemaProblem[];
}

/** Every project's event types at one revision. */
export interface RuleSet {
  readonly revision: number;
  /** The rules of an event type, or undefined when the project never registered it or switched it off. */
  find(project: string, event: string): EventTypeRules | undefined;
  /** Whether some type has a validator that a plugin judges. */
  readonly asksPlugins?: boolean;
  /** Whether the project refuses events whose type it never registered. */
  isStrict(project: string): boolean;
}

/** No event type anywhere and no project strict: what holds before the first definitions arrive. */
export const NO_RULES: RuleSet = { revision: 0, find: () => undefined, isStrict: () => false };

/** What is to become of one event. `problems` of a `store` are those that `observe` counts and `warn` writes down. */
export type Verdict =
  | { action: 'store'; mode: 'observe' | 'warn'; problems: readonly SchemaProblem[] }
  | { action: 'quarantine' | 'reject'; problems: readonly SchemaProblem[] };

const NOTHING_WRONG: Verdict = { action: 'store', mode: 'observe', problems: [] };

/** Judges one event's properties by its project's rules. Pure but for `scope`, which remembers. */
export function judgeEvent(
  rules: RuleSet,
  project: string,
  event: string,
  properties: Readonly<Record<string, unknown>>,
  scope: PayloadScope,
): Verdict {
  const type = rules.find(project, event);
  if (type === undefined) return rules.isStrict(project) ? unknownType(event) : NOTHING_WRONG;
  const problems = type.check(properties, scope);
  return judgeProblems(type.mode, problems);
}

/** What a mode makes of problems. */
export function judgeProblems(mode: ValidationMode, problems: readonly SchemaProblem[]): Verdict {
  if (problems.length === 0) return NOTHING_WRONG;
  return mode === 'observe' || mode === 'warn'
    ? { action: 'store', mode, problems }
    : { action: mode, problems };
}

function unknownType(event: string): Verdict {
  const message = `this project takes registered event types only, and "${event}" is not one: register it, or correct the name`;
  return {
    action: 'reject',
    problems: [
      {
        code: 'unknown_event_type',
        path: 'event',
        message,
        expected: 'a registered event type',
        found: event,
      },
    ],
  };
}

/** Values `unique_in_batch` remembers a payload: beyond it the rest of the payload passes unchecked. About 10 MB at worst. */
export const UNIQUE_VALUES_MAX = 50_000;

/** A fresh memory for the events of one payload. */
export function createPayloadScope(): PayloadScope {
  const values = new Set<string>();
  return {
    seen(event, property, value) {
      const key = `${event}\u0000${property}\u0000${value}`;
      if (values.has(key)) return true;
      if (values.size < UNIQUE_VALUES_MAX) values.add(key);
      return false;
    },
  };
}
