-- The cells of a retention table.
-- Slots: starts: one row a person and start, with row (index of the start's bucket), own (returns later than the start in that bucket, as number, value sum, value count) and
-- periods: (k, returns, value sum, value count) for each later period with a return; columns: the cells a person counts in:
-- (column, value sum, value count).
-- One row a row and cell; column -1 is the row's size, -2 the people who returned within the start's own bucket.
select
    row,
    cell.1 as column,
    count() as people,
    sum(cell.2) as value_sum,
    sum(cell.3) as value_count
from
(
    select
        row,
        arrayJoin(arrayConcat(
            [(toInt64(-1), toFloat64(0), toUInt64(0))],
            if(own.1 > 0, [(toInt64(-2), toFloat64(0), toUInt64(0))], []),
            {{columns}}
        )) as cell
    from ({{starts}})
)
group by row, column
order by row, column
