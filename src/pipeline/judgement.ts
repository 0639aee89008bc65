/** What events of one payload are judged by, and what judging them notes. */
import type { PayloadScope, RuleSet } from '../registry/rules.js';

/** Names of types that routes name, by project; "*" is every type. */
export type RoutedTypes = ReadonlyMap<string, ReadonlySet<string>>;

export interface Judgement {
  rules: RuleSet;
  /** Of the payload. */
  scope: PayloadScope;
  /** Events that break their type's rules and pass all the same, by name. */
  observed: Map<string, number>;
  /** What routes name. */
  routedTypes?: RoutedTypes | undefined;
  /** Projects with events that a route names. */
  routed?: Set<string>;
}
