import type { Child } from './child.js';

/** Something the supervisor keeps alive: it can be started again at the same address after it died. */
export interface Part {
  readonly name: string;
  /** Resolves once it answers; throws with what it printed when it does not come up, or was told to give up. */
  start(giveUp?: AbortSignal): Promise<Child>;
}

/** An embedded backend: a part and the URL that stays the same for the life of the instance. */
export interface Backend extends Part {
  readonly url: string;
}
