-- What each person bought, as the customer-lifetime models need it: purchases of one person on one calendar day are one.
-- Parameters: project, event; from_ms, to_ms: range of event times, epoch milliseconds, half-open; timezone: of the calendar days;
-- start_day, split_day: first day of the calibration and the day after its last, as dates; rows_max: people at most.
-- Slots: value: a purchase's value, Nullable(Float64); condition: further conditions on the event.
-- One row a person who bought first before split_day, in the order of their keys' hashes, so that a prefix is a fair sample.
-- first_day, last_day: days since start_day; mean_value: of the repeat days.
with days as
(
    select
        person_key,
        any(person) as who,
        toDate(timestamp, {timezone:String}) as day,
        sum(ifNull({{value}}, 0)) as value
    from events
    where project = {project:String}
        and event = {event:String}
        and timestamp >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
        and timestamp < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
        and {{condition}}
    group by person_key, day
)
select
    any(who) as person,
    dateDiff('day', {start_day:Date}, min(day)) as first_day,
    countIf(day < {split_day:Date}) - 1 as repeats,
    dateDiff('day', {start_day:Date}, maxIf(day, day < {split_day:Date})) as last_day,
    -- Added up without the first day, not subtracted from the whole: the difference of equal sums need not be 0.
    arrayPopFront(arraySort(groupArrayIf((day, value), day < {split_day:Date}))) as repeat_days,
    if(repeats > 0, arrayAvg(bought -> bought.2, repeat_days), 0) as mean_value,
    countIf(day >= {split_day:Date}) as later_purchases,
    sumIf(value, day >= {split_day:Date}) as later_value
from days
group by person_key
having min(day) < {split_day:Date}
order by cityHash64(person_key)
limit {rows_max:UInt64}
