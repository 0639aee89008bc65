-- Who is new, came back, returned after a pause, or stayed away, bucket by bucket.
-- Slots: rows: event-rows.sql over all history; bucket: number of the event's bucket, 0 for the one before the range, -1 for earlier
-- ones and for what a bucket that the range cuts has before it; buckets: how many there are with the one before the range.
-- One row a bucket from 1 on and state: 0 new, 1 returning, 2 resurrected, 3 dormant.
with people as
(
    select arraySort(groupUniqArray(bucket)) as active
    from (select unit, toInt32({{bucket}}) as bucket from ({{rows}}))
    group by unit
)
select
    state.1 as bucket,
    state.2 as kind,
    count() as users
from
(
    select arrayJoin(arrayConcat(
        arrayMap(
            b -> (b, multiIf(b = active[1], 0, has(active, b - 1), 1, 2)),
            arrayFilter(b -> b >= 1, active)
        ),
        arrayMap(
            b -> (toInt32(b + 1), 3),
            arrayFilter(b -> b >= 0 and b + 1 < {{buckets}} and not has(active, b + 1), active)
        )
    )) as state
    from people
)
group by bucket, kind
order by bucket, kind
