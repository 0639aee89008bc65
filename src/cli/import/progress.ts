/** A line on standard error that says how far an import is: rewritten in a terminal, one line now and then elsewhere. */

/** How often the line is renewed in a terminal, and elsewhere. */
const TERMINAL_INTERVAL_MS = 200;
const PLAIN_INTERVAL_MS = 5_000;
/** The rate shown is that of the last few seconds. */
const RATE_WINDOW_MS = 5_000;

export interface ProgressFacts {
  name: string;
  events: number;
  /** Bytes or rows read, and how many there are. */
  done: number;
  total: number | undefined;
  /** Events a second. */
  rate: number;
  elapsedMs: number;
}

const formatCount = (count: number): string => Math.round(count).toLocaleString('en-US');

export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** "events.ndjson  42 %  52,000 events  25,000/s  3 s left" */
export function composeProgress(facts: ProgressFacts): string {
  const parts = [facts.name];
  const share = facts.total ? Math.min(1, facts.done / facts.total) : undefined;
  if (share !== undefined) parts.push(`${Math.floor(share * 100)} %`);
  parts.push(`${formatCount(facts.events)} events`, `${formatCount(facts.rate)}/s`);
  if (share !== undefined && share > 0 && facts.elapsedMs > 0) {
    parts.push(`${formatDuration((facts.elapsedMs * (1 - share)) / share)} left`);
  }
  return parts.join('  ');
}

export interface Progress {
  /** Says something on a line of its own. */
  tell(line: string): void;
  /** Draws the last state and ends. */
  stop(): void;
}

export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Shows `read()` until stopped. */
export function startProgress(
  stream: ProgressStream,
  read: () => Omit<ProgressFacts, 'rate' | 'elapsedMs'>,
): Progress {
  const startedAt = Date.now();
  const samples: { at: number; events: number }[] = [{ at: startedAt, events: read().events }];
  const draw = (): void => {
    const facts = read();
    const now = Date.now();
    samples.push({ at: now, events: facts.events });
    while (samples.length > 2 && now - samples[0]!.at > RATE_WINDOW_MS) samples.shift();
    const oldest = samples[0]!;
    const rate = now > oldest.at ? ((facts.events - oldest.events) * 1000) / (now - oldest.at) : 0;
    const line = composeProgress({ ...facts, rate, elapsedMs: now - startedAt });
    if (stream.isTTY) stream.write(`\r\u001b[K${line.slice(0, (stream.columns ?? 80) - 1)}`);
    else stream.write(`${line}\n`);
  };
  const timer = setInterval(draw, stream.isTTY ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS);
  return {
    tell(line) {
      stream.write(stream.isTTY ? `\r\u001b[K${line}\n` : `${line}\n`);
    },
    stop() {
      clearInterval(timer);
      if (stream.isTTY) stream.write('\r\u001b[K');
    },
  };
}
