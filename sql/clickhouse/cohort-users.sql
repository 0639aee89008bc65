-- The members of a cohort by name, a page of them.
-- Slots: project; relevant: the events that have to be read; criteria: over the counts of a person's events; after: where the
-- page begins; limit: rows at most; people, events: src/query/people.ts.
-- One row a person; known: 1 when the name is a user_id, 0 when it is an anonymous_id.
{{people}}select
    any(person) as name,
    any(toUInt8(person_key = cityHash64(true, person))) as known
from {{events}}
where project = {{project}} and {{relevant}}
group by person_key
having {{criteria}} and {{after}}
order by name, known
limit {{limit}}
