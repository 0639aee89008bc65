/** Ranges of tiles that move along with the days: the page and the links of shared dashboards compute them alike. */

const DAY_MS = 86_400_000;

function findDate(timeZone: string, nowMs: number): string {
  // Swedish dates are written as ISO 8601 writes them.
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(nowMs);
}

/** A question's path with such a range in its query; without one it stays. */
export function movePath(path: string, days: number, nowMs: number): string {
  const [route, query = ''] = path.split('?', 2);
  const asked = new URLSearchParams(query);
  if (!asked.has('from')) return path;
  const { from, to } = moveRange({ timezone: asked.get('timezone') }, days, nowMs);
  asked.set('from', String(from));
  asked.set('to', String(to));
  return `${route}?${asked}`;
}

/** A question's body with the range of the last `days` days in its own time zone, today included. */
export function moveRange(
  body: Readonly<Record<string, unknown>>,
  days: number,
  nowMs: number,
): Record<string, unknown> {
  const zone = typeof body.timezone === 'string' ? body.timezone : 'UTC';
  let today: string;
  try {
    today = findDate(zone, nowMs);
  } catch {
    // Not a time zone: its route will say so.
    today = findDate('UTC', nowMs);
  }
  const shift = (by: number): string =>
    new Date(Date.parse(today) + by * DAY_MS).toISOString().slice(0, 'yyyy-mm-dd'.length);
  return { ...body, from: shift(1 - days), to: shift(1) };
}
