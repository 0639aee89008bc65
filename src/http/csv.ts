/** Tables as text/csv (RFC 4180): lines end with CR LF, texts with a comma, a quote or a line's end are quoted. */

const writeCell = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

export const writeCsv = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.map(writeCell).join(',')}\r\n`).join('');
