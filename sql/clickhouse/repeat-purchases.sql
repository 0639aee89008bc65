-- Repeat purchases of the people who bought first before split_day, in each unit of time since start_day.
-- Parameters: as purchase-histories.sql, without rows_max; unit_days: days in a unit.
-- Slots: condition: further conditions on the event.
-- One row a unit with a repeat purchase; unit 0 begins on start_day.
with days as
(
    select person_key, toDate(timestamp, {timezone:String}) as day
    from events
    where project = {project:String}
        and event = {event:String}
        and timestamp >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
        and timestamp < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
        and {{condition}}
    group by person_key, day
),
repeat_days as
(
    select arrayJoin(arrayPopFront(arraySort(groupArray(day)))) as repeat_day
    from days
    group by person_key
    having min(day) < {split_day:Date}
)
select
    intDiv(dateDiff('day', {start_day:Date}, repeat_day), {unit_days:UInt32}) as unit,
    count() as repeats
from repeat_days
group by unit
order by unit
