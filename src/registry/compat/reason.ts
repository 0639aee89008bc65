/** Why a new version would refuse events that the old one took, or why that cannot be excluded. */

export type ReasonCode =
  | 'newly_required'
  | 'newly_described' // a property that could hold anything before
  | 'property_closed' // a property that was allowed before is not any more
  | 'type_narrowed'
  | 'values_narrowed'
  | 'range_narrowed'
  | 'length_narrowed'
  | 'count_narrowed'
  | 'pattern_changed'
  | 'format_changed'
  | 'nothing_allowed'
  | 'mode_tightened'
  | 'validator_changed'
  | 'not_comparable'; // cannot be shown to be compatible

export interface Reason {
  /** The property, dotted: "properties.items[].price"; "mode" and "validators[0]" for the rest of a definition. */
  path: string;
  code: ReasonCode;
  message: string;
}
