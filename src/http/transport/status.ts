import { STATUS_CODES } from 'node:http';

const lines = new Map<number, string>();

/** A status with its reason phrase: "404 Not Found". */
export function formatStatus(status: number): string {
  let line = lines.get(status);
  if (line === undefined) {
    line = `${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
    lines.set(status, line);
  }
  return line;
}
