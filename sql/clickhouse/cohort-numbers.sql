-- Writes what the criteria of a cohort count of people. Slots: project, cohort, version; person: the name, where criteria ask for it;
-- numbers: an aggregate a criterion; times: likewise of each sequence; which: the events that are read.
insert into cohort_numbers (project, cohort_id, version, person_key, person, numbers, times)
select
    {{project}},
    {{cohort}},
    {{version}},
    person_key,
    {{person}},
    cast([{{numbers}}] as Array(Int64)),
    cast([{{times}}] as Array(Array(Tuple(Int64, UInt16))))
from events
where project = {{project}} and {{which}}
group by person_key
