/** What a fold is asked for, as a value that travels to the thread which reads the units (fold-thread.ts). */
import type { FunnelPlan } from './plan.js';
import type { FunnelQuestion } from './request.js';

interface Asked {
  readonly question: FunnelQuestion;
  readonly plan: FunnelPlan;
}

/** The whole answer. With `kept`, breakdown values beside those count as "$other", each unit once. */
export interface AnswerTask extends Asked {
  readonly kind: 'answer';
  readonly kept?: readonly string[];
  /** Breakdown values to tell apart, where they are not this question's own most frequent ones. */
  readonly values?: readonly string[];
}

export type MemberState = 'reached' | 'dropped';

/** Keys of units that reached a step or left there, in their order, `limit` of those after a key. */
export interface MembersTask extends Asked {
  readonly kind: 'members';
  /** From 0. */
  readonly step: number;
  readonly state: MemberState;
  readonly after: bigint;
  readonly limit: number;
}

/** Who converted, by the most frequent values of the breakdown. */
export interface ValuesTask extends Asked {
  readonly kind: 'values';
  readonly limit: number;
}

/** Who converted, by the observed events on the way. */
export interface ObservedTask extends Asked {
  readonly kind: 'observed';
}

/** What units did after a required step of their chain. */
export interface WaysTask extends Asked {
  readonly kind: 'ways';
  /** Of the step among the required ones, from 0. */
  readonly position: number;
  /** Events of a way that are told. */
  readonly length: number;
  readonly collapse: boolean;
  /** Ways of the answer. */
  readonly limit: number;
}

export type FoldTask = AnswerTask | MembersTask | ValuesTask | ObservedTask | WaysTask;
