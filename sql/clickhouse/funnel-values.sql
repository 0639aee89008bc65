-- The distinct breakdown values of a funnel's events, as a list: a value's place in it is its number.
-- Slots: rows, relevant: as funnel-histories.sql, rows having value_key; limit: one more than are allowed.
-- One value; numbers count from 1 and are in the order of the values' JSON texts: without the bracket that ends the array, which
-- would put 12 before 1.
with (
    select groupArray(value_key)
    from
    (
        select value_key
        from ({{rows}})
        where {{relevant}}
        group by value_key
        order by substring(value_key, 1, length(value_key) - 1)
        limit {{limit}}
    )
) as dictionary
