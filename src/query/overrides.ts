/** The ids of a project that were joined to another person than their own, as something to join with. */
import { type Params, type Printed, print } from './printed.js';

/** A row an id: merged_key, and whose it is: target_key and target. */
const printOverrides = (project: string, params: Params): Printed =>
  print`select person_key as merged_key, argMax(target_key, seq) as target_key, argMax(target, seq) as target
    from identity_overrides
    where project = ${params.bind('String', project)}
    group by person_key`;

/** Joins a table or statement with whose its keys are, as `merged`. `key` is its column of keys, with the table's name. */
export const printMergedJoin = (key: Printed, project: string, params: Params): Printed =>
  print`left any join (
    ${printOverrides(project, params)}
) as merged on merged.merged_key = ${key}`;

/** The key of the person that a key belongs to, of a row so joined. */
export const printMergedKey = (key: Printed): Printed =>
  print`if(merged.target_key != 0, merged.target_key, ${key})`;
