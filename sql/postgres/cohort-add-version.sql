-- Keeps the version a cohort has now. $1 project, $2 id, $3 id of the key it was made with.
insert into cohort_versions (cohort, version, name, criteria, created_by)
select id, version, name, criteria, $3::text
from cohorts
where project = $1::text and id = $2::text and status = 'active'
