-- Each person's first start and the periods she returned in, where starts and returns are the same events and there are at most 63
-- buckets: one bit a bucket instead of the times of her returns, in simple aggregates that take no memory per event.
-- Her first bucket is that of her start. The greatest of `packed` lies in it, since an earlier bucket weighs more, and tells
-- the last time in it: whether she returned later than her start within the start's own bucket.
-- Slots: project; relevant: rows that matter; bucket: of an event, 0 to 63, the last for all that is later; origin: epoch ms, not later than
-- the first bucket; row: index of the bucket of start; key, value_key: breakdown value of the start, of any event; least: the
-- period that stands for all later ones; from, to: epoch ms, half-open; people, events: src/query/people.ts.
-- One row a person; columns as retention-times.sql.
select
    min(ms) as start,
    {{row}} as row,
    max((63 - bucket) * 1125899906842624 + (ms - {{origin}})) as packed,
    groupBitOr(bitShiftLeft(toUInt64(1), bucket)) as mask,
    {{key}} as key,
    packed % 1125899906842624 > start - {{origin}} as again,
    (toUInt64(again), toFloat64(0), toUInt64(0)) as own,
    arrayConcat(
        if(again, [toInt64(0)], []),
        arrayDistinct(arrayMap(b -> least(toInt64(b) - row, {{least}}), arrayFilter(b -> b > row, bitPositionsToArray(mask))))
    ) as ks,
    arrayMap(k -> (toInt64(k), toUInt64(1), toFloat64(0), toUInt64(0)), ks) as periods
from
(
    {{people}}select
        person_key,
        toUnixTimestamp64Milli(timestamp) as ms,
        {{bucket}} as bucket,
        {{value_key}} as value_key
    from {{events}}
    where project = {{project}} and {{relevant}}
)
group by person_key
having start >= {{from}} and start < {{to}}
