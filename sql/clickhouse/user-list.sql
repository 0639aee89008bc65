-- The people of a project, who was there last first.
-- Slots: project; found: whether a person's ids are searched for, over her events; after: where the page begins; limit: people at
-- most; people, events: src/query/people.ts.
-- One row a person; known: 1 when the name is a user_id, 0 when it is an anonymous_id. Times are epoch ms.
{{people}}select
    toString(person_key) as unit_key,
    any(person) as name,
    any(toUInt8(person_key = cityHash64(true, person))) as known,
    toUnixTimestamp64Milli(min(timestamp)) as first_ms,
    toUnixTimestamp64Milli(max(timestamp)) as last_ms,
    count() as stored
from {{events}}
where project = {{project}}
group by person_key
having {{found}} and {{after}}
order by last_ms desc, unit_key desc
limit {{limit}}
