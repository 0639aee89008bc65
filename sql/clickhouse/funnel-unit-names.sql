-- Whom units belong to, by their keys.
-- Slots: rows: event-rows.sql or session-rows.sql; wanted: which units. One row a unit; session is '' where none was sent; known: 1 when
-- the person is a user_id, 0 when it is an anonymous_id.
select
    unit,
    any(who) as person,
    any(session) as session,
    toUInt32(any(known)) as known
from ({{rows}})
where {{wanted}}
group by unit
