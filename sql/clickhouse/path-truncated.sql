-- Of how many people not all events are looked at. Slots: rows: event-rows.sql; events_max: events of one person that are looked at.
-- One row.
select count() as people
from
(
    select unit
    from ({{rows}})
    group by unit
    having count() > {{events_max}}
)
