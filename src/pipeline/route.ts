/** The stage that decides where an event goes. So far every event goes to the table of events. */
import type { Draft } from './draft.js';

export function route(_draft: Draft): void {}
