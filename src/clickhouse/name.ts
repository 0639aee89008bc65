/** A table or column name for SQL text, whatever is in it. Only for names from allow-lists; values are bound. */
export const quoteName = (name: string): string =>
  `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;

/** A text as a literal in SQL, for what cannot be a bound value: the structure that `input()` is told. */
export const quoteText = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
