-- What each person did in each bucket of a retention question.
-- Slots: bucket: index of the event's bucket, -1 before the first, the number of buckets beyond the last; starts, returns: whether the
-- event is a start, a return; value: what is added up of returns, Nullable(Float64); project; relevant: rows that matter; after:
-- the returns later than the bucket's first start, as (number, value sum, value count); start_key: breakdown
-- value of the bucket's first start; value_key: of any event; kept: further columns; people, events: src/query/people.ts.
-- One row a person and bucket. Times are epoch ms.
select
    person_key,
    bucket,
    countIf(is_start) as start_count,
    minIf(ms, is_start) as start_ms,
    min(ms) as first_ms,
    {{start_key}} as start_key,
    countIf(is_return) as return_count,
    {{after}} as after_start,
    sumIf(ifNull(return_value, 0), is_return) as value_sum,
    countIf(is_return and isNotNull(return_value)) as value_count
    {{kept}}
from
(
    {{people}}select
        person_key,
        toUnixTimestamp64Milli(timestamp) as ms,
        {{bucket}} as bucket,
        {{starts}} as is_start,
        {{returns}} as is_return,
        {{value}} as return_value,
        {{value_key}} as value_key
    from {{events}}
    where project = {{project}} and {{relevant}}
)
group by person_key, bucket
