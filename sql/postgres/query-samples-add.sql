-- Adds executed questions. $1 a JSON array of {kind, shape, estimatedRows, rowsRead, elapsedMs, expectedMs}, in the order they ended.
insert into query_samples (kind, shape, estimated_rows, rows_read, elapsed_ms, expected_ms)
select kind, shape, "estimatedRows", "rowsRead", "elapsedMs", "expectedMs"
from jsonb_to_recordset($1::jsonb) as executed
(
    kind text,
    shape text,
    "estimatedRows" double precision,
    "rowsRead" double precision,
    "elapsedMs" double precision,
    "expectedMs" double precision
)
