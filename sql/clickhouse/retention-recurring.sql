-- Each person's first start of each bucket with a start.
-- Slots: buckets: retention-buckets.sql; periods: the periods with returns, from row, start, own and the person's arrays.
-- One row a person and bucket with a start.
select
    begun.1 as row,
    begun.2 as start,
    begun.3 as own,
    begun.4 as key,
    {{periods}} as periods
from
(
    select
        groupArrayIf((bucket, start_ms, after_start, start_key), start_count > 0) as begins,
        {{arrays}}
    from ({{buckets}})
    group by person_key
)
array join begins as begun
