/**
 * The stage that notes which projects have events in the batch that some route names. Every event goes to the table of events; where
 * else it goes is done by the ingest loop once it is stored (src/routing/deliver.ts), from what is stored.
 */
import type { Draft, PayloadFacts } from './draft.js';
import type { Judgement } from './judgement.js';

export function route(draft: Draft, { project }: PayloadFacts, { routedTypes, routed }: Judgement): void {
  const types = routedTypes?.get(project);
  if (types !== undefined && (types.has(draft.event) || types.has('*'))) routed?.add(project);
}
