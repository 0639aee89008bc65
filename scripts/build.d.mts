/** Builds src/ and workers/ into dist/. */
export function buildAll(options?: { clean?: boolean }): Promise<void>;
