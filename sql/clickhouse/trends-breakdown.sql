-- One series of a trend by the values of a breakdown. Slots: as trends.sql; ranked_rows: the rows whose totals decide which values are
-- kept; total: what they are ranked by; limit: how many are kept.
-- One row a bucket and kept value that have events; rank counts from 1, 0 is everything else, measured anew.
with (
    select groupArray(value_key)
    from
    (
        select
            value_key,
            {{total}} as total
        from ({{ranked_rows}})
        where {{relevant}}
        group by value_key
        order by total desc, value_key
        limit {{limit}}
    )
) as ranked
select
    {{bucket}} as bucket,
    toUInt32(transform(value_key, ranked, arrayEnumerate(ranked), 0)) as rank,
    if(rank = 0, '', ranked[rank]) as value_key_kept,
    {{measure}} as value
from ({{rows}})
where {{relevant}}
group by bucket, rank
