-- Each person's first start, for people whose first start lies in the range.
-- Slots: buckets: retention-buckets.sql; from, to: epoch ms, half-open; ever: whether the first start must be the first event of all;
-- periods: the periods with returns, from row, start, own and the person's arrays.
-- One row a person.
select
    argMinIf(bucket, start_ms, start_count > 0) as row,
    minIf(start_ms, start_count > 0) as start,
    argMinIf(after_start, start_ms, start_count > 0) as own,
    argMinIf(start_key, start_ms, start_count > 0) as key,
    {{arrays}},
    {{periods}} as periods
from ({{buckets}})
group by person_key
having countIf(start_count > 0) > 0
    and start >= {{from}}
    and start < {{to}}
    and {{ever}}
