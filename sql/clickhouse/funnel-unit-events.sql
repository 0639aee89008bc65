-- A person's events as a funnel sees them, to explain what it made of them.
-- Slots: rows: event-rows.sql or session-rows.sql; columns: what the funnel asks of an event; relevant: which rows matter; limit.
-- One row an event, in time order; offset in ms.
select
    toString(unit) as unit_key,
    offset,
    type_name,
    id,
    session{{columns}}
from ({{rows}})
where {{relevant}}
order by offset, id
limit {{limit}}
