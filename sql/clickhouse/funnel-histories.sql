-- Each unit's events in time order, as the judge reads them, of those units that may enter the funnel.
-- Slots: with: the dictionary of breakdown values where one is asked for; rows: event-rows.sql or session-rows.sql; relevant: which
-- rows matter; arrays: what is gathered of a unit's events; columns: what of it is sent; enters: whether the unit has an event
-- that may begin a chain.
-- One row a unit, in no order.
{{with}}select
    unit,
    {{columns}}
from
(
    select
        unit,
        {{arrays}}
    from ({{rows}})
    where {{relevant}}
    group by unit
    having {{enters}}
)
