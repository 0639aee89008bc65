/**
 * The stages between decode and encode, in order. Each is a function of one draft, measured by its name; they run one
 * stage at a time over all events of a payload, so that measuring costs two looks at the clock a payload.
 *
 *   decode → normalise → validate → enrich → route → encode
 */
import type { Draft, PayloadFacts } from './draft.js';
import { enrich } from './enrich.js';
import { normalise } from './normalise.js';
import { route } from './route.js';
import { type Judgement, validate } from './validate.js';

export interface Stage {
  name: string;
  run(draft: Draft, payload: PayloadFacts, judgement: Judgement): void;
}

export const STAGES: readonly Stage[] = [
  { name: 'normalise', run: normalise },
  { name: 'validate', run: validate },
  { name: 'enrich', run: enrich },
  { name: 'route', run: route },
];

/** The stages that find out whether an event is acceptable: what the front runs before it answers. */
export const CHECKS: readonly Stage[] = STAGES.slice(0, 2);

/** Runs one stage over the drafts that are still on their way. */
export function runStage(
  stage: Stage,
  drafts: readonly Draft[],
  payload: PayloadFacts,
  judgement: Judgement,
): void {
  for (const draft of drafts) {
    if (draft.problems === undefined && !draft.dropped) stage.run(draft, payload, judgement);
  }
}
