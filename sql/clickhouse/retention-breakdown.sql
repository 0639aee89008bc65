-- The cells of a retention table by the values of a breakdown, in one pass: each start has one value, so that what is not kept adds up.
-- Slots: starts, columns: as in retention-counts.sql; limit: values kept, those with the most starts.
-- One row a value, row and cell; rank counts from 1, 0 is everything else.
select
    toUInt32(if(place > {{limit}}, 0, place)) as rank,
    if(rank = 0, '', key) as value_key,
    row,
    column,
    sum(cell_people) as people,
    sum(cell_sum) as value_sum,
    sum(cell_count) as value_count
from
(
    select key, row, column, cell_people, cell_sum, cell_count, dense_rank() over (order by total desc, key) as place
    from
    (
        select
            key,
            row,
            column,
            cell_people,
            cell_sum,
            cell_count,
            sumIf(cell_people, column = -1) over (partition by key) as total
        from
        (
            select
                key,
                row,
                cell.1 as column,
                count() as cell_people,
                sum(cell.2) as cell_sum,
                sum(cell.3) as cell_count
            from
            (
                select
                    key,
                    row,
                    arrayJoin(arrayConcat(
                        [(toInt64(-1), toFloat64(0), toUInt64(0))],
                        if(own.1 > 0, [(toInt64(-2), toFloat64(0), toUInt64(0))], []),
                        {{columns}}
                    )) as cell
                from ({{starts}})
            )
            group by key, row, column
        )
    )
)
group by rank, value_key, row, column
order by rank, row, column
