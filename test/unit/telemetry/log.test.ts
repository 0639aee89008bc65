import { expect, it } from 'vitest';
import { formatLine } from '../../../src/telemetry/log.js';

it('a line for people has time, level, component, message and the rest', () => {
  const line = JSON.stringify({
    level: 40,
    time: '2026-01-02T03:04:05.678Z',
    component: 'http',
    msg: 'slow',
    route: '/v1/events',
    ms: 12,
    err: { message: 'it broke' },
  });
  expect(formatLine(line)).toBe('03:04:05 warn  http: slow (it broke) route=/v1/events ms=12\n');
});
