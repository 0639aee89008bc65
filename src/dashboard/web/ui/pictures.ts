/** What a reader takes away from an answer: text on the clipboard, a table as CSV, a picture as PNG. */

export type Cell = string | number | boolean | null;

export const copyText = (text: string): Promise<void> => navigator.clipboard.writeText(text);

function save(name: string, url: string): void {
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
}

const quoteCell = (cell: Cell): string =>
  cell === null
    ? ''
    : /[",\n\r]/.test(String(cell))
      ? `"${String(cell).replaceAll('"', '""')}"`
      : String(cell);

/** Saves rows, header first. Names in them may begin like a formula of a spreadsheet: those are prefixed so that none runs. */
export function saveCsv(name: string, rows: readonly (readonly Cell[])[]): void {
  const guard = (cell: Cell): Cell =>
    typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  const text = rows.map((row) => row.map((cell) => quoteCell(guard(cell))).join(',')).join('\r\n');
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  save(`${name}.csv`, url);
  URL.revokeObjectURL(url);
}

/** Saves what the element shows as a picture, twice as dense as the screen, on the page's background. */
export async function savePng(name: string, element: HTMLElement): Promise<void> {
  const { toPng } = await import('html-to-image');
  const backgroundColor = getComputedStyle(document.documentElement).getPropertyValue('--surface').trim();
  save(`${name}.png`, await toPng(element, { backgroundColor, pixelRatio: 2 }));
}
