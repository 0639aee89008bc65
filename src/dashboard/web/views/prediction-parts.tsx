/** What both kinds of prediction show: the verdict in words, and numbers to the digits that are meant. */

export const formatExact = (value: number | null | undefined, digits = 3): string =>
  value === null || value === undefined ? '–' : value.toFixed(digits);

/** A change with its sign: "+56 %", "−12 %". */
export const formatChange = (change: number | null): string =>
  change === null ? '–' : `${change < 0 ? '−' : '+'}${Math.abs(change * 100).toFixed(0)} %`;

export const Verdict = ({ predicts, summary }: { predicts: boolean; summary: string }) => (
  <p class={predicts ? undefined : 'problem'} role="status">
    {summary}
  </p>
);
