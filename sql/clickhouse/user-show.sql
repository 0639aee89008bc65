-- One person: her ids, since when and how often she was seen.
-- Slots: project; whose: whether an event is of a person with the id; name: the id; ids_max: ids of each kind at most; people, events:
-- src/query/people.ts.
-- One row: of several persons with the id, the one whose user id it is, else a user, else somebody anonymous. Times are epoch ms.
{{people}}select
    toString(person_key) as unit_key,
    any(person) as name,
    any(toUInt8(person_key = cityHash64(true, person))) as known,
    arraySort(arrayFilter(id -> id != '', groupUniqArray({{ids_max}})(user_id))) as user_ids,
    arraySort(groupUniqArrayIf({{ids_max}})(anonymous_id, user_id = '')) as anonymous_ids,
    toUnixTimestamp64Milli(min(timestamp)) as first_ms,
    toUnixTimestamp64Milli(max(timestamp)) as last_ms,
    count() as stored
from {{events}}
where project = {{project}} and {{whose}}
group by person_key
order by has(user_ids, {{name}}) desc, known desc
limit 1
