-- Levels of a funnel whose steps no event can match twice, by windowFunnel: exact then, see docs/funnels.md.
-- Slots: rows: event-rows.sql or session-rows.sql; relevant: which rows matter; window: ms; conditions: one a step, over class and
-- offset; enters: whether the unit has an event of step 1 in the range.
-- One row a level: units of that level, and the most events a unit has.
select
    level,
    count() as units,
    max(events) as most_events
from
(
    select
        unit,
        windowFunnel({{window}})(toUInt64(offset), {{conditions}}) as level,
        count() as events
    from ({{rows}})
    where {{relevant}}
    group by unit
    having {{enters}}
)
group by level
order by level
