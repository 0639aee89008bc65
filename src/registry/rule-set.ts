/**
 * One revision of every project's event types. Types are compiled when their first event comes, not when the revision
 * does, and one that did not change is taken over from the revision before: a change to one type costs one compile.
 */
import { type CompiledEventType, compileEventType, type EventTypeDefinition } from './event-type.js';
import type { RuleSet } from './rules.js';
import type { DefinitionProblem } from './schema/inspect.js';

/** An active event type as it is stored and sent to workers: plain data. */
export interface RegisteredEventType extends EventTypeDefinition {
  project: string;
  version: number;
}

/** All that judges events, as plain data: what crosses processes and threads. */
export interface RegistrySnapshot {
  revision: number;
  types: readonly RegisteredEventType[];
  strictProjects: readonly string[];
}

export interface CompiledRuleSet extends RuleSet {
  find(project: string, event: string): CompiledEventType | undefined;
  /** What `find` gave before, without compiling anything. */
  peek(project: string, event: string): CompiledEventType | undefined;
}

export interface RuleSetOptions {
  /** The set this one replaces: types whose version did not change keep their compiled form. */
  previous?: CompiledRuleSet | undefined;
  /** Told once of a stored type that does not compile; its events pass unchecked. */
  onBroken?: (type: RegisteredEventType, errors: readonly DefinitionProblem[]) => void;
}

interface Slot {
  type: RegisteredEventType;
  compiled: CompiledEventType | undefined;
  tried: boolean;
}

/** Makes a snapshot ready to judge events. Keeps nothing of `previous` but compiled types. */
export function createRuleSet(snapshot: RegistrySnapshot, options: RuleSetOptions = {}): CompiledRuleSet {
  const { previous, onBroken } = options;
  const projects = new Map<string, Map<string, Slot>>();
  for (const type of snapshot.types) {
    let slots = projects.get(type.project);
    if (slots === undefined) {
      slots = new Map();
      projects.set(type.project, slots);
    }
    const before = previous?.peek(type.project, type.name);
    const compiled = before?.version === type.version ? before : undefined;
    slots.set(type.name, { type, compiled, tried: compiled !== undefined });
  }
  const compile = (slot: Slot): void => {
    slot.tried = true;
    const result = compileEventType(slot.type, { version: slot.type.version });
    if ('rules' in result) slot.compiled = result.rules;
    else onBroken?.(slot.type, result.errors);
  };
  const strict = new Set(snapshot.strictProjects);
  return {
    revision: snapshot.revision,
    asksPlugins: snapshot.types.some(({ validators = [] }) =>
      validators.some((one) => one.check === 'plugin'),
    ),
    isStrict: (project) => strict.has(project),
    peek: (project, event) => projects.get(project)?.get(event)?.compiled,
    find(project, event) {
      const slot = projects.get(project)?.get(event);
      if (slot !== undefined && !slot.tried) compile(slot);
      return slot?.compiled;
    },
  };
}
