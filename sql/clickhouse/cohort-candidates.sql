-- Writes whose membership may have changed, as a version of the cohort that is never published. Slots: project, cohort, version;
-- keys: a statement of person_key.
insert into cohort_people (project, cohort_id, version, person_key)
select distinct {{project}}, {{cohort}}, {{version}}, person_key
from ({{keys}})
