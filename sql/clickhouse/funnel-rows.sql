-- The events a funnel may need, one by one: whose, when, and which of its conditions they fulfil.
-- Slots: unit: what is counted; origin: epoch ms that offsets count from; columns: the event's class, and its held and breakdown
-- values as text where asked for; project; from, until: epoch ms, half-open; events: which event types, or 1.
-- One row an event; offset in ms.
select
    {{unit}},
    toUnixTimestamp64Milli(timestamp) - {{origin}} as offset,
    {{columns}}
from events
where project = {{project}}
    and timestamp >= fromUnixTimestamp64Milli({{from}}, 'UTC')
    and timestamp < fromUnixTimestamp64Milli({{until}}, 'UTC')
    and {{events}}
