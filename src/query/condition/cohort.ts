/**
 * A cohort in a question: membership is a property of the event's person that is true or false, so `{"in_cohort": id}` is the
 * condition that it is true, and a breakdown by it has these two values.
 *
 * What a cohort means stands in PostgreSQL. Before a question is asked, each id it names is replaced by a `CohortReference`
 * (src/definitions/cohort-references.ts), which no JSON can contain. An id that was not replaced can be read, so that definitions
 * with it can be saved, and not be printed.
 */
import { RequestError } from '../../errors.js';
import type { Params, Printed } from '../printed.js';

const REFERENCE = Symbol('a cohort that was found');

export interface CohortReference {
  readonly [REFERENCE]: true;
  readonly id: string;
  readonly name: string;
  /** Membership is as of this instant, epoch ms. */
  readonly asOfMs: number;
  /** The statement whose rows are the person_key of its members. */
  readonly printMembers: (params: Params) => Printed;
}

export const createCohortReference = (fields: Omit<CohortReference, typeof REFERENCE>): CohortReference => ({
  ...fields,
  [REFERENCE]: true,
});

const isCohortReference = (input: unknown): input is CohortReference =>
  typeof input === 'object' && input !== null && REFERENCE in input;

const ID_LENGTH_MAX = 100;

const createUnfound = (id: string): CohortReference =>
  createCohortReference({
    id,
    name: id,
    asOfMs: 0,
    printMembers: () => {
      throw new RequestError(422, 'cohort_not_asked', 'This question cannot be asked about cohorts.');
    },
  });

/** The cohort that a request names here, undefined when it is no id of one. */
export function readCohortReference(input: unknown): CohortReference | undefined {
  if (isCohortReference(input)) return input;
  return typeof input === 'string' && input.length <= ID_LENGTH_MAX ? createUnfound(input) : undefined;
}

/** The cohorts that were found in a question. */
export function listReferences(question: unknown): readonly CohortReference[] {
  if (isCohortReference(question)) return [question];
  return typeof question === 'object' && question !== null
    ? Object.values(question).flatMap(listReferences)
    : [];
}

/** Whether the event's person belongs. */
export type CohortProperty = { readonly kind: 'cohort'; readonly cohort: CohortReference };

export const formatCohort = ({ cohort }: CohortProperty): string => `cohort:${cohort.name}`;
