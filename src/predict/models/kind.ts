/** What predictive models foretell. */
export const MODEL_KINDS = ['ltv', 'churn'] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];
