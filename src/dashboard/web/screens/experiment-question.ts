/** What is asked on the experiments screen, as the address keeps it, and the experiment it means. */
import { type Condition, readWhere, toWhere } from '../ui/where.js';
import {
  type AskedMatch,
  composeMatch,
  EMPTY_MATCH,
  type Fields,
  isNamed,
  readList,
  readMatch,
  readNames,
  readSavedFields,
  readText,
} from './event-match.js';
import { type AskedGoal, composeGoal, EMPTY_GOAL, readGoal } from './experiment-goal.js';

export interface AskedExperiment {
  /** The event that shows a variant to a person. */
  exposure: AskedMatch;
  /** The property that names the variant. */
  variant: string;
  /** The control first; none: those that occur. */
  variants: string[];
  /** Shares they were meant to have, in the same order; none: equal ones. */
  split: string[];
  /** Of every event that is looked at. */
  where: Condition[];
  goals: AskedGoal[];
  window: string;
  /** In percent of the control. */
  minimalEffect: string;
  /** What follows is empty where the interface's own default holds. */
  prePeriod: string;
  alpha: string;
  power: string;
  correction: string;
  plannedUnits: string;
  from: string;
  to: string;
  timezone: string;
  /** Which ends of the range are saved with it. */
  keeps: '' | 'from' | 'to' | 'both';
  /** What was saved and has no field here. */
  kept: Fields;
}

export const EMPTY_EXPERIMENT: Omit<AskedExperiment, 'from' | 'to' | 'timezone'> = {
  exposure: EMPTY_MATCH,
  variant: '',
  variants: [],
  split: [],
  where: [],
  goals: [EMPTY_GOAL],
  window: '14d',
  minimalEffect: '5',
  prePeriod: '',
  alpha: '',
  power: '',
  correction: 'holm',
  plannedUnits: '',
  keeps: '',
  kept: {},
};

/** Digits that a share has as a percentage: 0.07 · 100 is 7.000000000000001. */
const DIGITS = 12;
const scale = (value: number, by: number): number => Number((value * by).toPrecision(DIGITS));

/** A number as it was typed; what is none is sent as it is, so that the answer says what is wrong. */
const composeNumber = (name: string, text: string, by = 1): object => {
  if (text.trim() === '') return {};
  const number = Number(text);
  return { [name]: Number.isFinite(number) ? scale(number, by) : text };
};

/** All but the range; undefined while exposure, variant or goal are missing. */
function composeParts(asked: AskedExperiment): Record<string, unknown> | undefined {
  const { exposure, variant, variants, split, window, minimalEffect, prePeriod, correction, kept } = asked;
  const goals = asked.goals.flatMap((goal) => composeGoal(goal) ?? []);
  if (!isNamed(exposure) || variant === '' || goals.length === 0) return undefined;
  const where = toWhere(asked.where);
  return {
    ...kept,
    exposure: { ...composeMatch(exposure), variant },
    ...(variants.length > 1 ? { variants } : {}),
    ...(split.length > 0 ? { split: split.map(Number) } : {}),
    ...(where ? { where } : {}),
    goals,
    ...(window === '' ? {} : { window }),
    ...(prePeriod === '' ? {} : { pre_period: prePeriod }),
    ...composeNumber('minimal_effect', minimalEffect, 0.01),
    ...composeNumber('alpha', asked.alpha),
    ...composeNumber('power', asked.power),
    correction,
    ...composeNumber('planned_units', asked.plannedUnits),
  };
}

/** The question; undefined while exposure, variant or goal are missing. */
export function composeExperiment(asked: AskedExperiment): Record<string, unknown> | undefined {
  const parts = composeParts(asked);
  const { from, to, timezone } = asked;
  return parts && { ...parts, from, to, timezone };
}

/** What is saved of it. */
export function composeSaved(asked: AskedExperiment): Record<string, unknown> | undefined {
  const parts = composeParts(asked);
  const { from, to, timezone, keeps } = asked;
  return (
    parts && {
      ...parts,
      ...(keeps === 'from' || keeps === 'both' ? { from } : {}),
      ...(keeps === 'to' || keeps === 'both' ? { to } : {}),
      timezone,
    }
  );
}

const readNumber = (value: unknown): string => (value === undefined ? '' : String(value));

const readKeeps = (from: unknown, to: unknown): AskedExperiment['keeps'] =>
  from === undefined ? (to === undefined ? '' : 'to') : to === undefined ? 'from' : 'both';

/** A saved experiment as the form has it: nothing of what was saved is left out. */
export function readExperiment(saved: Fields): Partial<AskedExperiment> {
  const { exposure, variants, split, where, goals, window, pre_period, minimal_effect, ...rest } =
    readSavedFields(saved);
  const { alpha, power, correction, planned_units, from, to, timezone, ...kept } = rest;
  const { variant, ...match } = exposure as Fields;
  return {
    exposure: readMatch(match),
    variant: String(variant),
    variants: readNames(variants),
    split: readNames(split),
    where: readWhere(where),
    goals: readList(goals).map(readGoal),
    ...(window === undefined ? {} : { window: String(window) }),
    ...(minimal_effect === undefined ? {} : { minimalEffect: String(scale(Number(minimal_effect), 100)) }),
    prePeriod: readText(pre_period),
    alpha: readNumber(alpha),
    power: readNumber(power),
    correction: readText(correction) || EMPTY_EXPERIMENT.correction,
    plannedUnits: readNumber(planned_units),
    keeps: readKeeps(from, to),
    ...(from === undefined ? {} : { from: String(from) }),
    ...(to === undefined ? {} : { to: String(to) }),
    ...(timezone === undefined ? {} : { timezone: String(timezone) }),
    kept,
  };
}
