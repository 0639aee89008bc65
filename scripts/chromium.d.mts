/** What to type when there is no Chromium, in one sentence. */
export const CHROMIUM_MISSING: string;
/** The path of a Chromium or Chrome, or undefined. */
export function findChromium(): string | undefined;
/** The same, installed when missing and possible; `tell` hears what is being done before it is. */
export function requireChromium(options: { tell: (line: string) => void }): string | undefined;
