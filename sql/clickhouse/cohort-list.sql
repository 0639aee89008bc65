-- The people of a fixed cohort. Slots: project, cohort. One row a person.
select person_key
from cohort_people
where project = {{project}}
    and cohort_id = {{cohort}}
    and version = (select max(version) from cohort_refreshes where project = {{project}} and cohort_id = {{cohort}})
