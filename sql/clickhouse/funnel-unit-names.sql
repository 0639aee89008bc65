-- Whom units belong to, by their keys.
-- Slots: rows: event-rows.sql or session-rows.sql; keys: decimal digits. One row a unit; session is '' where none was sent.
select
    toString(unit) as unit_key,
    any(who) as person,
    any(session) as session
from ({{rows}})
where toString(unit) in {{keys}}
group by unit
