import { ClickHouseError } from '@clickhouse/client';
import { describe, expect, test } from 'vitest';
import { toEngineError } from '../../../src/clickhouse/error.js';
import { EngineError } from '../../../src/errors.js';

const refusal = (code: string): ClickHouseError =>
  new ClickHouseError({ code, type: 'SOME_TYPE', message: 'no. ' });

describe('toEngineError', () => {
  test.each(['159', '202', '210', '241', '243', '252'])('code %s passes by itself: retry', (code) => {
    expect(toEngineError(refusal(code))).toMatchObject({ code, retryable: true });
  });

  test.each(['27', '47', '60', '62', '115', '164', '516'])('code %s does not: no retry', (code) => {
    expect(toEngineError(refusal(code))).toMatchObject({ code, retryable: false });
  });

  test('trouble with the connection keeps its code and is worth a retry', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(toEngineError(refused)).toMatchObject({ code: 'ECONNREFUSED', retryable: true, cause: refused });
    expect(toEngineError('what?')).toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });

  test('what is one already stays as it is', () => {
    const error = new EngineError('x', '47', false);
    expect(toEngineError(error)).toBe(error);
  });
});
