-- Writes what the criteria of a cohort count of people. Slots: project, cohort, version; numbers: an aggregate a criterion; which: the
-- events that are read.
insert into cohort_numbers (project, cohort_id, version, person_key, numbers)
select {{project}}, {{cohort}}, {{version}}, person_key, cast([{{numbers}}] as Array(Int64))
from events
where project = {{project}} and {{which}}
group by person_key
