-- Levels of a funnel whose steps no event can match twice, by windowFunnel: exact then, see docs/funnels.md.
-- Slots: rows: event-rows.sql or session-rows.sql; relevant: which rows matter; window: ms; instant: the offset as a whole number of the
-- smallest type that holds it, because the function keeps and sorts it; conditions: one a step, over class and offset.
-- One row a level: units of that level, and the most events a unit has.
select
    level,
    count() as units,
    max(events) as most_events
from
(
    select
        unit,
        windowFunnel({{window}})({{instant}}, {{conditions}}) as level,
        count() as events
    from ({{rows}})
    where {{relevant}}
    group by unit
    having level > 0
)
group by level
order by level
