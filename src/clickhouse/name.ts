/** A table or column name for SQL text, whatever is in it. Only for names from allow-lists; values are bound. */
export const quoteName = (name: string): string =>
  `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
