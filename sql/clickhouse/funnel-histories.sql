-- Each unit's events in time order, as the judge reads them, of those units that may enter the funnel.
-- Slots: rows: event-rows.sql or session-rows.sql; relevant: which rows matter; event: what is kept of one; columns: the sorted
-- events as parallel arrays; enters: whether the unit has an event that may begin a chain.
-- One row a unit, in no order.
select
    unit,
    {{columns}}
from
(
    select
        unit,
        arraySort(groupArray({{event}})) as sorted
    from ({{rows}})
    where {{relevant}}
    group by unit
    having {{enters}}
)
