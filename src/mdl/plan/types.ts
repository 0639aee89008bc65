/**
 * Plans: what a metric asks, as plain values. Two of them, because a metric is defined once and asked often.
 *
 *   MetricPlan   of a definition: populations of events, measures over them, dimensions, and the value as a tree over
 *                measures. References are replaced, filters pushed into the populations, and the functions over time
 *                pushed down to the measures: previous(a / b, "7d") is previous(a, "7d") / previous(b, "7d").
 *   QueryPlan    of one question about it: range, buckets, dimensions and conditions of the request, and every leaf of
 *                the value as a measure over a frame of buckets (or, with the grain `all`, over a range of time).
 *
 * Nothing here is SQL, and nothing later decides: the printer writes down what a QueryPlan says.
 */
import type { ArithmeticOperator, CompareOperator } from '../tree.js';

export type Scalar = string | number | boolean;

/** Where a value is found. */
export type Property =
  | { readonly kind: 'path'; readonly column: 'properties' | 'context'; readonly segments: readonly string[] }
  | { readonly kind: 'user'; readonly moment: 'now' | 'then'; readonly segments: readonly string[] }
  | { readonly kind: 'column'; readonly name: string; readonly type: 'text' | 'time' };

/** JSON types a comparison may be of. */
export type ScalarType = 'number' | 'text' | 'boolean';

/**
 * A condition on one event: true or false, never unknown. A comparison with a property that is absent, or of another
 * type than the value, is false; the negative forms are exactly the opposites (docs/metric-language.md, "Conditions").
 */
export type Predicate =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Predicate[] }
  | { readonly kind: 'not'; readonly part: Predicate }
  | { readonly kind: 'compare'; readonly op: Comparison; readonly property: Property; readonly value: Scalar }
  | {
      readonly kind: 'compare_properties';
      readonly op: Comparison;
      readonly left: Property;
      readonly right: Property;
    }
  | { readonly kind: 'in'; readonly property: Property; readonly values: readonly Scalar[] }
  | { readonly kind: 'contains'; readonly property: Property; readonly value: Scalar }
  | {
      readonly kind: 'text';
      readonly op: 'like' | 'starts_with' | 'ends_with' | 'matches';
      readonly property: Property;
      readonly value: string;
    }
  | { readonly kind: 'set'; readonly property: Property }
  | Membership;

export type Comparison = 'eq' | 'gt' | 'gte' | 'lt' | 'lte';

/** A population of events. `event` undefined: all. */
export interface Selection {
  readonly event: string | undefined;
  readonly condition: Predicate | undefined;
}

/** What a value is read as: only where it is a number, only where it is a text, or any value as its JSON, so that 5 and "5" differ. */
export type ReadType = 'number' | 'text' | 'json';

export interface ReadValue {
  readonly property: Property;
  readonly type: ReadType;
}

/** An aggregate over a population: what a column of states holds. */
export interface Measure {
  /** A word of AGGREGATES other than avg, or `numbers`: how many events have the number. */
  readonly aggregate: string;
  /** Index into `selections`. */
  readonly selection: number;
  readonly value: ReadValue | undefined;
  /** Index into `conversions`: only events whose person went on to its goal. */
  readonly reached: number | undefined;
}

/** Persons of `start` who do `goal` within the window. Both are indexes into `selections`. */
export interface Conversion {
  readonly start: number;
  readonly goal: number;
  readonly windowMs: number;
}

/** What an answer is grouped by. Values are told apart, and answered, as JSON. */
export interface Dimension {
  /** As asked for: "user.plan". */
  readonly name: string;
  readonly property: Property | Membership;
}

/** Whether the event's person belongs to a cohort, as a value: true or false. */
export interface Membership {
  readonly kind: 'cohort';
  /** A word: the name its members go by in the statement. */
  readonly id: string;
  /** What the asker knows it by, as the catalogue had it. */
  readonly handle?: object;
}

/** Over which events a leaf is computed, relative to its bucket. */
export interface TimeFrame {
  /** How much earlier: whole buckets and milliseconds, added up over nested previous(…). */
  readonly shiftBuckets: number;
  readonly shiftMs: number;
  readonly span:
    | { readonly kind: 'bucket' }
    | { readonly kind: 'rolling'; readonly ms: number }
    | { readonly kind: 'cumulative' };
}

/** A leaf of a value: a measure, or the length of the frame in seconds. */
export interface Leaf {
  /** Index into `measures`, or `seconds`. */
  readonly measure: number | 'seconds';
  readonly frame: TimeFrame;
}

/** A value over leaves of type L. */
export type Value<L> =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'null' }
  | { readonly kind: 'leaf'; readonly leaf: L }
  | {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly left: Value<L>;
      readonly right: Value<L>;
    }
  | { readonly kind: 'negate'; readonly operand: Value<L> }
  | { readonly kind: 'fill'; readonly value: Value<L>; readonly instead: Value<L> }
  | { readonly kind: 'round'; readonly value: Value<L>; readonly digits: number }
  | { readonly kind: 'abs'; readonly value: Value<L> }
  | { readonly kind: 'least' | 'greatest'; readonly values: readonly Value<L>[] }
  | {
      readonly kind: 'choice';
      readonly condition: ValueCondition<L>;
      readonly whenTrue: Value<L>;
      readonly whenFalse: Value<L>;
    };

export type ValueCondition<L> =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly ValueCondition<L>[] }
  | { readonly kind: 'not'; readonly part: ValueCondition<L> }
  | {
      readonly kind: 'compare';
      readonly operator: CompareOperator;
      readonly left: Value<L>;
      readonly right: Value<L>;
    }
  | { readonly kind: 'is_null'; readonly value: Value<L> };

/** Populations of events and what is measured of them: all that a table of states depends on beside its groups. */
export interface Population {
  readonly selections: readonly Selection[];
  readonly measures: readonly Measure[];
  readonly conversions: readonly Conversion[];
}

export interface MetricPlan extends Population {
  readonly metric: string;
  readonly dimensions: readonly Dimension[];
  readonly value: Value<Leaf>;
  readonly valueType: 'number' | 'text';
  readonly unit: string | undefined;
  readonly timeWindowMs: number | undefined;
  readonly cacheTtlMs: number | undefined;
  readonly timezone: string | undefined;
  readonly rollup: 'auto' | 'off';
}

// --- one question

const GRAINS = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'all'] as const;
export type Grain = (typeof GRAINS)[number];

/** A measure over a frame of rows of the answer: from `first` rows back (undefined: since the range began) to `last` rows back. */
export interface FramedLeaf {
  readonly measure: number | 'seconds';
  readonly first: number | undefined;
  readonly last: number;
}

/** A measure over a range of time, half-open; the grain `all` has these instead. */
export interface RangedLeaf {
  readonly measure: number | 'seconds';
  readonly fromMs: number;
  readonly toMs: number;
}

export interface QueryPlan {
  readonly metric: MetricPlan;
  readonly project: string;
  readonly merged: boolean | undefined;
  readonly grain: Grain;
  /** Events counted in the answer: [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
  /** Events read: earlier than `fromMs` by what the formula looks back, later than `toMs` by its longest conversion window. */
  readonly scanFromMs: number;
  readonly scanToMs: number;
  /** Starts of the buckets, those looked back at included, and the end of the last. Empty with the grain `all`. */
  readonly bounds: readonly number[];
  /** Start of the first bucket of the answer. */
  readonly shownFromMs: number;
  readonly dimensions: readonly Dimension[];
  readonly where: Predicate | undefined;
  readonly groupLimit: number;
  readonly leaves: readonly FramedLeaf[] | readonly RangedLeaf[];
  /** The value over indexes into `leaves`. */
  readonly value: Value<number>;
}
