-- The last executed questions. $1 how many of each kind.
-- One row a question, oldest first.
with numbered as
(
    select query_samples.*, row_number() over (partition by kind order by id desc) as place
    from query_samples
)
select
    kind,
    shape,
    estimated_rows as "estimatedRows",
    rows_read as "rowsRead",
    elapsed_ms as "elapsedMs",
    expected_ms as "expectedMs"
from numbered
where place <= $1::integer
order by id
