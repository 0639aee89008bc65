-- The people of a fixed cohort. Slots: project, cohort. One row a person.
select person_key
from cohort_members
where project = {{project}} and cohort_id = {{cohort}}
