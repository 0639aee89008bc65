/**
 * The stages between decode and encode, in order. Each is a function of one draft, measured by its name; they run one
 * stage at a time over all events of a payload, so that measuring costs two looks at the clock a payload.
 *
 *   decode → normalise → correct the clock → validate → (plugins: check) → enrich → (plugins: change) → route → encode
 *
 * Users' own stages run at the two places in brackets, in a process of their own (plugin-stage.ts).
 */

import { correctClock, readClocks } from './correct-clock.js';
import type { Draft, PayloadFacts } from './draft.js';
import { enrich } from './enrich.js';
import type { Judgement } from './judgement.js';
import { normalise } from './normalise.js';
import type { PluginPlace } from './plugin-call.js';
import { route } from './route.js';
import { validate } from './validate.js';

export interface Stage {
  name: string;
  /** Which of users' own stages run after it. */
  plugins?: PluginPlace;
  /** Looks at all drafts of a chunk before the first of them is run. */
  begin?(drafts: readonly Draft[], payload: PayloadFacts): void;
  run(draft: Draft, payload: PayloadFacts, judgement: Judgement): void;
}

export const STAGES: readonly Stage[] = [
  { name: 'normalise', run: normalise },
  { name: 'clock', begin: readClocks, run: correctClock },
  { name: 'validate', run: validate, plugins: 'check' },
  { name: 'enrich', run: enrich, plugins: 'change' },
  { name: 'route', run: route },
];

/** The stages that find out whether an event is acceptable: what the front runs before it answers. */
export const CHECKS: readonly Stage[] = STAGES.slice(0, 3);

/** Runs one stage over the drafts that are still on their way. */
export function runStage(
  stage: Stage,
  drafts: readonly Draft[],
  payload: PayloadFacts,
  judgement: Judgement,
): void {
  stage.begin?.(drafts, payload);
  for (const draft of drafts) {
    if (draft.problems === undefined && !draft.dropped) stage.run(draft, payload, judgement);
  }
}
