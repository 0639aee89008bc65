/**
 * The syntax tree of the metric language: what the parser makes and the checker, the planner and the formatter read.
 *
 * Every node is frozen plain data with a `kind` and a `span`. Spans are offsets in the *file*, also inside a formula,
 * which is itself the text of a string with escapes: the lexer maps each of its characters back to where it stands
 * (lex/text.ts), so a diagnostic always points at what the author wrote. A node the parser could not read is
 * `invalid`; it has been reported already and later stages pass over it.
 *
 * metric     a named definition
 * formula    the text of the field "formula": a series
 * series     something with one value for each bucket and group
 * selection  a population of events: an event name, or all, with a condition
 * path       a property, a property of the user or of the context, or a column of the event
 */

/** A stretch of the file: offsets in UTF-16 units, half-open. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Node {
  readonly span: Span;
}

export interface MetricFile extends Node {
  readonly kind: 'file';
  readonly metrics: readonly MetricNode[];
  readonly comments: readonly Comment[];
}

/** A comment with its `#`. `ownLine` when nothing but space stands before it on its line. */
export interface Comment extends Node {
  readonly text: string;
  readonly ownLine: boolean;
}

export interface MetricNode extends Node {
  readonly kind: 'metric';
  readonly name: string;
  readonly nameSpan: Span;
  /** The fields as written, in order, for the formatter. */
  readonly fields: readonly FieldNode[];
  /** Undefined when the field is missing; reported by the parser. */
  readonly formula: Series | undefined;
  readonly filter: EventCondition | undefined;
  readonly dimensions: readonly PathNode[];
  readonly settings: MetricSettings;
}

/** The fields that are plain values. Absent ones are undefined. */
export interface MetricSettings {
  readonly timeWindowMs: number | undefined;
  readonly cacheTtlMs: number | undefined;
  readonly unit: string | undefined;
  readonly unitSpan: Span | undefined;
  readonly description: string | undefined;
  readonly owner: string | undefined;
  readonly tags: readonly string[];
  readonly format: string | undefined;
  readonly timezone: string | undefined;
  readonly rollup: 'auto' | 'off';
}

export interface FieldNode extends Node {
  readonly kind: 'field';
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: FieldValue;
}

export type FieldValue = StringValue | NumberValue | BooleanValue | ListValue | InvalidNode;

export interface StringValue extends Node {
  readonly kind: 'string';
  /** What the string says, escapes undone. */
  readonly value: string;
  /** Where each UTF-16 unit of `value` begins in the file; one more entry for its end. */
  readonly offsets: readonly number[];
  /** Written with three quotes, so that it may span lines. */
  readonly block: boolean;
}

export interface NumberValue extends Node {
  readonly kind: 'number';
  readonly value: number;
}

export interface BooleanValue extends Node {
  readonly kind: 'boolean';
  readonly value: boolean;
}

export interface ListValue extends Node {
  readonly kind: 'list';
  readonly items: readonly (StringValue | NumberValue | BooleanValue | InvalidNode)[];
}

export interface InvalidNode extends Node {
  readonly kind: 'invalid';
}

// --- formulas

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

export type Series =
  | NumberValue
  | NullNode
  | AggregateNode
  | ConversionNode
  | CallNode
  | ChoiceNode
  | ReferenceNode
  | ArithmeticNode
  | NegateNode
  | GroupNode
  | InvalidNode;

export interface NullNode extends Node {
  readonly kind: 'null';
}

/** `sum(checkout_completed.revenue where plan = "pro")` */
export interface AggregateNode extends Node {
  readonly kind: 'aggregate';
  readonly name: string;
  readonly nameSpan: Span;
  readonly selection: SelectionNode;
  readonly path: PathNode | undefined;
}

/** `conversion(a, b, "7d")` */
export interface ConversionNode extends Node {
  readonly kind: 'conversion';
  readonly nameSpan: Span;
  readonly start: SelectionNode;
  readonly goal: SelectionNode;
  readonly windowMs: number;
  /** As written. */
  readonly windowText: string;
}

/** A function over series: `previous rolling cumulative fill round abs least greatest per_user rate`. */
export interface CallNode extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly nameSpan: Span;
  readonly series: readonly Series[];
  /** The duration argument of previous, rolling and rate. */
  readonly durationMs: number | undefined;
  /** As written. */
  readonly durationText: string | undefined;
}

/** `if(condition, whenTrue, whenFalse)` */
export interface ChoiceNode extends Node {
  readonly kind: 'choice';
  readonly condition: SeriesCondition;
  readonly whenTrue: Series;
  readonly whenFalse: Series;
}

export interface ReferenceNode extends Node {
  readonly kind: 'reference';
  readonly name: string;
}

export interface ArithmeticNode extends Node {
  readonly kind: 'arithmetic';
  readonly operator: ArithmeticOperator;
  readonly left: Series;
  readonly right: Series;
}

export interface NegateNode extends Node {
  readonly kind: 'negate';
  readonly operand: Series;
}

/** Brackets the author wrote; they mean nothing more, and the formatter keeps them. */
export interface GroupNode extends Node {
  readonly kind: 'group';
  readonly inner: Series;
}

// --- events, paths and conditions

export interface SelectionNode extends Node {
  readonly kind: 'selection';
  /** Undefined for `*`, all events. */
  readonly event: string | undefined;
  readonly eventSpan: Span;
  readonly condition: EventCondition | undefined;
}

/** Where a path begins: the event's properties, the user's, the context, or the event's own columns. */
export type PathRoot = 'properties' | 'user' | 'user_then' | 'context' | 'event';

export interface PathNode extends Node {
  readonly kind: 'path';
  readonly root: PathRoot;
  /** At least one, none empty. */
  readonly segments: readonly string[];
}

export interface LiteralNode extends Node {
  readonly kind: 'literal';
  readonly value: string | number | boolean;
}

export type EventOperand = PathNode | LiteralNode | InvalidNode;
export type EventCondition = Condition<EventOperand>;
export type SeriesCondition = Condition<Series>;

export type CompareOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type TextOperator = 'like' | 'contains' | 'starts_with' | 'ends_with' | 'matches';

/** A condition over operands of type O. Only conditions over events have the tests after `null`. */
export type Condition<O> =
  | JunctionNode<O>
  | BracketNode<O>
  | NotNode<O>
  | CompareNode<O>
  | NullTest<O>
  | InTest
  | TextTest
  | CohortTest
  | InvalidNode;

/** `and` or `or` of two or more conditions. */
export interface JunctionNode<O> extends Node {
  readonly kind: 'and' | 'or';
  readonly items: readonly Condition<O>[];
}

/** Brackets around a condition; see GroupNode. */
export interface BracketNode<O> extends Node {
  readonly kind: 'brackets';
  readonly inner: Condition<O>;
}

export interface NotNode<O> extends Node {
  readonly kind: 'not';
  readonly inner: Condition<O>;
}

export interface CompareNode<O> extends Node {
  readonly kind: 'compare';
  readonly operator: CompareOperator;
  readonly left: O;
  readonly right: O;
}

export interface NullTest<O> extends Node {
  readonly kind: 'is_null';
  readonly operand: O;
  readonly negated: boolean;
}

export interface InTest extends Node {
  readonly kind: 'in';
  readonly operand: EventOperand;
  readonly values: readonly LiteralNode[];
  readonly negated: boolean;
}

export interface TextTest extends Node {
  readonly kind: 'text';
  readonly operator: TextOperator;
  readonly operand: EventOperand;
  readonly pattern: string;
  readonly patternSpan: Span;
  readonly negated: boolean;
}

export interface CohortTest extends Node {
  readonly kind: 'cohort';
  readonly cohort: string;
  readonly cohortSpan: Span;
  readonly negated: boolean;
}
