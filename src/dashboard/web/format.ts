/** How numbers, times and durations are written on the page. */

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });

/** At most three significant digits, with k, M, B: for charts and tiles; the full number goes on hover. */
export function formatShort(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const units: readonly [number, string][] = [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ];
  for (const [size, name] of units)
    if (Math.abs(value) >= size) return `${Number((value / size).toPrecision(3))}${name}`;
  return String(Number(value.toPrecision(3)));
}

/** What a number is in, such as a metric's unit: "percent", "seconds", "bytes", a currency code; "count" and nothing: a plain number. */
export type Unit = string | null | undefined;

/** "EUR" as "€"; what has no sign of its own stands as it is, with a space. */
function findSign(currency: string): string {
  try {
    const parts = new Intl.NumberFormat('en-US', {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
    }).formatToParts(0);
    const sign = parts.find(({ type }) => type === 'currency')?.value ?? currency;
    return sign === currency ? `${currency} ` : sign;
  } catch {
    return `${currency} `;
  }
}

const BYTES: readonly (readonly [number, string])[] = [
  [1e12, 'TB'],
  [1e9, 'GB'],
  [1e6, 'MB'],
  [1e3, 'kB'],
];

function formatBytes(bytes: number): string {
  const [size, name] = BYTES.find(([one]) => Math.abs(bytes) >= one) ?? [1, 'B'];
  return `${Number((bytes / size).toPrecision(3))} ${name}`;
}

/** A number with its unit around it: "65.4 %", "€213k", "1.2 h". */
function addUnit(value: number, unit: Unit, format: (value: number) => string): string {
  switch (unit) {
    case undefined:
    case null:
    case 'count':
      return format(value);
    case 'percent':
      return `${format(value)} %`;
    case 'seconds':
      return value < 0 ? `−${formatSeconds(-value)}` : formatSeconds(value);
    case 'bytes':
      return formatBytes(value);
    default:
      return `${value < 0 ? '−' : ''}${findSign(unit)}${format(Math.abs(value))}`;
  }
}

/** At most three significant digits, in its unit: for charts and tiles. */
export const formatShortIn = (value: number | null | undefined, unit: Unit): string =>
  value === null || value === undefined ? '–' : addUnit(value, unit, formatShort);

/** The full number, in its unit. */
export const formatIn = (value: number | null | undefined, unit: Unit): string =>
  value === null || value === undefined ? '–' : addUnit(value, unit, formatNumber);

export const formatNumber = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : grouped.format(value);

/** A count in words: "1 event", "1,204 events". A plural that is more than an "s" is given. */
export const formatCount = (count: number | null | undefined, one: string, many = `${one}s`): string =>
  `${formatNumber(count)} ${count === 1 ? one : many}`;

/** "1 person", "1,204 people". */
export const formatPeople = (count: number | null | undefined): string =>
  formatCount(count, 'person', 'people');

export const formatPercent = (share: number | null | undefined): string =>
  share === null || share === undefined
    ? '–'
    : `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

/** "42 s", "3 min", "5.2 h", "12 d": the two digits that matter. */
export function formatSeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–';
  const units: readonly [number, string][] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
  ];
  for (const [size, name] of units)
    if (seconds >= size) return `${Number((seconds / size).toPrecision(2))} ${name}`;
  return `${Number(seconds.toPrecision(2))} s`;
}

/** Bucket formats by grain and time zone: making one takes much longer than using it. */
const bucketFormats = new Map<string, Intl.DateTimeFormat>();

const BUCKET_PARTS: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  minute: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  hour: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { day: 'numeric', month: 'short' },
  week: { day: 'numeric', month: 'short', year: 'numeric' },
  month: { month: 'short', year: 'numeric' },
  quarter: { month: 'short', year: 'numeric' },
  year: { year: 'numeric' },
};

/** A bucket's start as its grain needs it: "14:05", "3 Oct", "Oct 2026", "2026". */
export function formatBucket(iso: string, grain: string, timeZone: string): string {
  const name = `${grain} ${timeZone}`;
  let format = bucketFormats.get(name);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', { ...BUCKET_PARTS[grain], timeZone });
    bucketFormats.set(name, format);
  }
  return format.format(new Date(iso));
}

/** The time of day: "14:05:09". */
export const formatClock = (iso: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' }).format(new Date(iso));

export const formatTime = (iso: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(iso));
