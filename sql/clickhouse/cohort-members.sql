-- Who belongs to a cohort.
-- Slots: project; relevant: the events that have to be read; criteria: over the counts of a person's events; people, events: src/query/people.ts.
-- One row a person.
{{people}}select person_key
from {{events}}
where project = {{project}} and {{relevant}}
group by person_key
having {{criteria}}
