-- Each person's first start and the periods she returned in, from the times of her returns: one aggregation by person, where numbers of
-- returns and their values are not asked for.
-- Slots: starts, returns: whether the event is a start, a return; value_key: breakdown value of an event; project; relevant: rows that
-- matter; row: index of the bucket of start; own: whether a return later than the start lies in that bucket; ks: the periods of
-- the returns in later; key: breakdown value of the start; from, to: epoch ms, half-open; ever: whether the first start must be the
-- first event of all; people, events: src/query/people.ts.
-- One row a person; columns as retention-first.sql, and ks.
select
    minIf(ms, is_start) as start,
    {{row}} as row,
    arrayFilter(t -> t > start, groupArrayIf(ms, is_return)) as later,
    {{key}} as key,
    (toUInt64({{own}}), toFloat64(0), toUInt64(0)) as own,
    arrayDistinct({{ks}}) as ks,
    arrayMap(k -> (toInt64(k), toUInt64(1), toFloat64(0), toUInt64(0)), ks) as periods
from
(
    {{people}}select
        person_key,
        toUnixTimestamp64Milli(timestamp) as ms,
        {{starts}} as is_start,
        {{returns}} as is_return,
        {{value_key}} as value_key
    from {{events}}
    where project = {{project}} and {{relevant}}
)
group by person_key
having countIf(is_start) > 0
    and start >= {{from}}
    and start < {{to}}
    and {{ever}}
