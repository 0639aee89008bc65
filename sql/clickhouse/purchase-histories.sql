-- What each person bought, as the customer-lifetime models need it: purchases of one person on one calendar day are one.
-- Slots: project, event; span: range of event times, src/query/time/span.ts; timezone: of the calendar
-- days; start_day, split_day: first day of the calibration and the day after its last, as dates; rows_max: people at most; value: a
-- purchase's value, Nullable(Float64); condition: further conditions on the event; people, events: src/query/people.ts.
-- One row a person, in the order of their keys' hashes, so that a prefix is a fair sample. numbers: in the order of readCustomers
-- in src/predict/ltv/histories.ts; days are counted from start_day, values are of a day.
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
        and {{span}}
        and {{condition}}
    group by person_key, day
),
histories as
(
    select
        person_key as key,
        any(who) as person,
        min(day) as first_day,
        -- Added up without the first day, not subtracted from the whole: the difference of equal sums need not be 0.
        arrayPopFront(arraySort(groupArray((day, value)))) as repeat_days,
        arrayFilter(bought -> bought.1 < {{split_day}}, repeat_days) as early_days,
        countIf(day >= {{split_day}}) as later_purchases,
        sumIf(value, day >= {{split_day}}) as later_value
    from days
    group by person_key
)
select
    person,
    key,
    [
        toFloat64(dateDiff('day', {{start_day}}, first_day)),
        toFloat64(length(early_days)),
        toFloat64(dateDiff('day', {{start_day}}, if(empty(early_days), first_day, early_days[-1].1))),
        if(empty(early_days), 0, arrayAvg(bought -> bought.2, early_days)),
        toFloat64(later_purchases),
        later_value,
        toFloat64(length(repeat_days)),
        toFloat64(dateDiff('day', {{start_day}}, if(empty(repeat_days), first_day, repeat_days[-1].1))),
        if(empty(repeat_days), 0, arrayAvg(bought -> bought.2, repeat_days))
    ] as numbers
from histories
order by cityHash64(key)
limit {{rows_max}}
