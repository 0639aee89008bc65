-- The events a question needs, one by one: whose, when, and what is asked of them.
-- Slots: unit: whose it is; origin: epoch ms that offsets count from; columns: what else, such as the conditions it fulfils or a
-- breakdown value; project; span: the range, src/query/time/span.ts; wanted: which events, as a condition; people, events: src/query/people.ts.
-- One row an event; offset in ms.
{{people}}select
    {{unit}},
    toUnixTimestamp64Milli(timestamp) - {{origin}} as offset{{columns}}
from {{events}}
where project = {{project}}
    and {{span}}
    and {{wanted}}
