/** Every limit of the metric language, each with a message of its own (see docs/metric-language.md, "Limits"). */
export const LIMITS = {
  /** One metric's text. Longer than any a person reads; keeps parsing under a millisecond. */
  metricBytes: 8_192,
  /** A whole file of metrics. */
  fileBytes: 262_144,
  /** Brackets inside brackets. Bounds the parser's own stack and the depth of the printed SQL. */
  depth: 32,
  /** Different aggregates of one metric, those of the metrics it refers to included. Each is a column of states. */
  aggregates: 32,
  /** Each dimension multiplies the groups of an answer. */
  dimensions: 8,
  /** Different metrics a metric refers to, directly or through others. */
  references: 16,
  /** Numbers, aggregates and references of a formula, references replaced by what they stand for: bounds the SQL. */
  terms: 200,
  /** Conditions of one metric, references included. */
  conditions: 200,
  /** Literals in one `in (…)`. */
  listItems: 1_000,
  /** Characters of a metric's name. */
  nameLength: 100,
  /** Tags of a metric, and characters of a tag. */
  tags: 20,
  tagLength: 60,
  /** Characters of `description`, `owner` and `format`. */
  descriptionLength: 2_000,
  ownerLength: 200,
  formatLength: 60,
  /** Diagnostics reported at once; the rest would be echoes. */
  diagnostics: 50,
  /** Longest duration: ten years of days. */
  durationMs: 3_660 * 86_400_000,
  /** Buckets of one answer, those looked back at included: two weeks of minutes. */
  buckets: 20_160,
  /** Rows of one answer: buckets times groups. */
  cells: 200_000,
  /** Groups of one answer; the rest is `$other`. */
  groups: 1_000,
  /** Groups the engine may hold before the largest are kept: more is refused by the engine with a message. */
  groupsScanned: 1_000_000,
} as const;
