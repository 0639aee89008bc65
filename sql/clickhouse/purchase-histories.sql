-- What each person bought, as the customer-lifetime models need it: purchases of one person on one calendar day are one.
-- Slots: project, event; from, to: range of event times, epoch ms, half-open; timezone: of the calendar
-- days; start_day, split_day: first day of the calibration and the day after its last, as dates; rows_max: people at most; value: a
-- purchase's value, Nullable(Float64); condition: further conditions on the event; people, events: src/query/people.ts.
-- One row a person who bought first before split_day, in the order of their keys' hashes, so that a prefix is a fair sample.
-- first_day, last_day: days since start_day; mean_value: of the repeat days.
with days as
(
    {{people}}select
        person_key,
        any(person) as who,
        toDate(timestamp, {{timezone}}) as day,
        sum(ifNull({{value}}, 0)) as value
    from {{events}}
    where project = {{project}}
        and event = {{event}}
        and timestamp >= fromUnixTimestamp64Milli({{from}}, 'UTC')
        and timestamp < fromUnixTimestamp64Milli({{to}}, 'UTC')
        and {{condition}}
    group by person_key, day
)
select
    any(who) as person,
    dateDiff('day', {{start_day}}, min(day)) as first_day,
    countIf(day < {{split_day}}) - 1 as repeats,
    dateDiff('day', {{start_day}}, maxIf(day, day < {{split_day}})) as last_day,
    -- Added up without the first day, not subtracted from the whole: the difference of equal sums need not be 0.
    arrayPopFront(arraySort(groupArrayIf((day, value), day < {{split_day}}))) as repeat_days,
    if(repeats > 0, arrayAvg(bought -> bought.2, repeat_days), 0) as mean_value,
    countIf(day >= {{split_day}}) as later_purchases,
    sumIf(value, day >= {{split_day}}) as later_value
from days
group by person_key
having min(day) < {{split_day}}
order by cityHash64(person_key)
limit {{rows_max}}
