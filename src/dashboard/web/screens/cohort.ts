/** A cohort as the interface tells it, and what is asked about it on its own screen. */
import { lastDays, type Range } from '../ui/fields.js';

export const COHORTS_PATH = '/v1/analytics/cohorts';

export interface Cohort {
  id: string;
  name: string;
  version: number;
  criteria: unknown;
  static: boolean;
}

/** What the address of a cohort's screen keeps. Numbers as the selects have them. */
export interface AskedOfCohort extends Range {
  /** Events of a sequence at most. */
  length: string;
  /** Least share of the cohort that has a sequence, in per cent. */
  support: string;
  /** Sequences with events that the cohort's criteria name are shown as well. */
  defining: boolean;
  /** How far predictions look, such as "28d"; empty: each model its own time. */
  horizon: string;
}

/** What a question about patterns or predictions says, as the screen has it. Values are those of an address. */
export function readAskedOfCohort(asked: Readonly<Record<string, unknown>>): Partial<AskedOfCohort> {
  const said: Readonly<Record<keyof AskedOfCohort, unknown>> = {
    from: asked.from,
    to: asked.to,
    timezone: asked.timezone,
    length: asked.max_length,
    support: asked.min_support && String(Number(asked.min_support) * 100),
    horizon: asked.horizon,
    defining: undefined,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => typeof value === 'string'));
}

const DAYS = 30;

export const startAsking = (): AskedOfCohort => ({
  ...lastDays(DAYS),
  length: '3',
  support: '5',
  defining: false,
  horizon: '',
});
