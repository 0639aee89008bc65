-- What sessions are like, by the bucket they begin in and a breakdown value.
-- Slots: sessions: sessions.sql; bucket: number of the bucket of begin; limit: values kept, those with the most sessions.
-- One row a bucket and value that has sessions, and one with whole = 1 for all of them; rank counts from 1, 0 is everything else. Lengths are ms.
select
    bucket,
    rank,
    if(rank = 0, '', any(own_key)) as value_key,
    grouping(bucket) as whole,
    count() as sessions,
    uniqExact(person) as users,
    avg(length) as length_avg,
    quantileExactInclusive(0.5)(length) as length_median,
    quantileExactInclusive(0.9)(length) as length_p90,
    avg(depth) as depth_avg,
    quantileExactInclusive(0.5)(depth) as depth_median,
    quantileExactInclusive(0.9)(depth) as depth_p90,
    countIf(depth = 1) as bounces
from
(
    select
        person,
        length,
        depth,
        own_key,
        {{bucket}} as bucket,
        toUInt32(if(place > {{limit}}, 0, place)) as rank
    from
    (
        select person, begin, length, depth, own_key, dense_rank() over (order by total desc, own_key) as place
        from
        (
            select person, begin, length, depth, own_key, count() over (partition by own_key) as total
            from ({{sessions}})
        )
    )
)
group by grouping sets ((bucket, rank), ())
