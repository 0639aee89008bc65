-- The sessions of a range. Slots: rows: event-rows.sql or session-rows.sql with the columns person_id, step (what an event is called as an
-- entry or exit), value_key and matched.
-- One row a session. Times are ms; among tied events the entry and the breakdown value are the smallest text, the exit the largest.
select
    any(person_id) as person,
    min(offset) as begin,
    max(offset) - begin as length,
    count() as depth,
    min((offset, step)).2 as entry,
    max((offset, step)).2 as exit,
    min((offset, value_key)).2 as own_key
from ({{rows}})
group by unit
having max(matched) = 1
