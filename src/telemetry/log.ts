/**
 * Structured logs on standard error: one JSON line each, or one readable line where a person is watching. Levels go by
 * consequence: `error` means data was lost or somebody must act, `warn` that something failed and nothing was lost, `info`
 * what an operator needs to know once; nothing an event or a request writes a line above `debug`.
 */
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

interface Line {
  level: number;
  time: string;
  component?: string;
  msg?: string;
  [field: string]: unknown;
}

/** One log line as a person reads it: time, level, component, message, then the other fields. */
export function formatLine(json: string): string {
  const { level, time, component, msg, err, ...rest } = JSON.parse(json) as Line;
  const fields = Object.entries(rest).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const failure = err === undefined ? '' : ` (${(err as { message?: string }).message ?? String(err)})`;
  const clock = time.slice(11, 19);
  return `${clock} ${(LEVELS[level] ?? '').padEnd(5)} ${component ?? ''}: ${msg ?? ''}${failure}${fields.join('')}\n`;
}

const stderr = {
  write(json: string): void {
    process.stderr.write(process.stderr.isTTY ? formatLine(json) : json);
  },
};

let root: Logger | undefined;

/** The logger of one component, such as "http". Its level is WEIR_LOG's (info when unset). */
export function createLogger(component: string): Logger {
  root ??= pino(
    {
      level: process.env.WEIR_LOG || 'info',
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      redact: { paths: ['*.authorization', '*.password'], censor: '***' },
    },
    stderr,
  );
  return root.child({ component });
}
