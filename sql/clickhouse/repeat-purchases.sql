-- Repeat purchases of the people who bought first before split_day, in each unit of time since start_day.
-- Slots: as purchase-histories.sql, without value and rows_max; unit_days: days in a unit; people, events: src/query/people.ts.
-- One row a unit with a repeat purchase; unit 0 begins on start_day.
with days as
(
    {{people}}select person_key, toDate(timestamp, {{timezone}}) as day
    from {{events}}
    where project = {{project}}
        and event = {{event}}
        and {{span}}
        and {{condition}}
    group by person_key, day
),
repeat_days as
(
    select arrayJoin(arrayPopFront(arraySort(groupArray(day)))) as repeat_day
    from days
    group by person_key
    having min(day) < {{split_day}}
)
select
    intDiv(dateDiff('day', {{start_day}}, repeat_day), {{unit_days}}) as unit,
    count() as repeats
from repeat_days
group by unit
order by unit
