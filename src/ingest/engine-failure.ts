/** What a failed statement of ingest means: wait and try again, or is it the data? Decided by code. */
import { EngineError } from '../errors.js';
import type { PrepareError } from '../pool/prepare-pool.js';

/** ClickHouse's codes for a block it cannot read or take. Trying it again would fail again. */
const DATA_CODES = new Set([
  '6', // CANNOT_PARSE_TEXT
  '26', // CANNOT_PARSE_QUOTED_STRING
  '27', // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  '32', // ATTEMPT_TO_READ_AFTER_EOF
  '33', // CANNOT_READ_ALL_DATA
  '36', // BAD_ARGUMENTS
  '38', // CANNOT_PARSE_DATE
  '41', // CANNOT_PARSE_DATETIME
  '53', // TYPE_MISMATCH
  '69', // ARGUMENT_OUT_OF_BOUND
  '70', // CANNOT_CONVERT_TYPE
  '72', // CANNOT_PARSE_NUMBER
  '117', // INCORRECT_DATA
  '130', // CANNOT_READ_ARRAY_FROM_TEXT
  '131', // TOO_LARGE_STRING_SIZE
  '190', // SIZES_OF_ARRAYS_DONT_MATCH
  '321', // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  '349', // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  '469', // VIOLATED_CONSTRAINT
]);

/** MEMORY_LIMIT_EXCEEDED: may pass by itself, and smaller blocks need less. */
const MEMORY_CODE = '241';

/** True when the engine refused the block for what is in it. */
export const isDataFailure = (error: unknown): boolean =>
  error instanceof EngineError && DATA_CODES.has(error.code);

/** True when a smaller block might succeed. */
export const isMemoryFailure = (error: unknown): boolean =>
  error instanceof EngineError && error.code === MEMORY_CODE;

/** True when nobody answered: the code is a socket's or our own, not one of ClickHouse's numbers. */
export const isUnreachable = (error: EngineError | PrepareError): boolean =>
  error instanceof EngineError && !/^\d+$/.test(error.code);
