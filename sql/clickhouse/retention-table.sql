-- The cells of a retention table where a person counts once in each later period she returned in: retention-counts.sql without its tuples.
-- Slots: starts: retention-times.sql; last: the greatest period.
-- One row a row and cell; column -1 is the row's size, -2 the people who returned within the start's own bucket.
select
    row,
    arrayJoin(arrayConcat(
        [toInt64(-1)],
        arrayMap(k -> if(k = 0, -2, toInt64(k)), arrayFilter(k -> k <= {{last}}, ks))
    )) as column,
    count() as people,
    toFloat64(0) as value_sum,
    toUInt64(0) as value_count
from ({{starts}})
group by row, column
order by row, column
