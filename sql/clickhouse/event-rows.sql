-- The events a question needs, one by one: whose, when, and what is asked of them.
-- Slots: unit: whose it is; origin: epoch ms that offsets count from; columns: what else, such as the conditions it fulfils or a
-- breakdown value; project; from, until: epoch ms, half-open; days: the same as days, see src/mdl/print/days.ts; wanted: which events, as a condition; people, events: src/query/people.ts.
-- One row an event; offset in ms.
{{people}}select
    {{unit}},
    toUnixTimestamp64Milli(timestamp) - {{origin}} as offset{{columns}}
from {{events}}
where project = {{project}}
    and timestamp >= fromUnixTimestamp64Milli({{from}}, 'UTC')
    and timestamp < fromUnixTimestamp64Milli({{until}}, 'UTC')
    and {{days}}
    and {{wanted}}
