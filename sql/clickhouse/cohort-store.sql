-- Writes the members of criteria as a version of a cohort. Slots: project, cohort, version; members: cohort-members.sql.
insert into cohort_people (project, cohort_id, version, person_key)
select {{project}}, {{cohort}}, {{version}}, person_key
from ({{members}})
