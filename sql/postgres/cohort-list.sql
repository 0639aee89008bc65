-- A project's cohorts. $1 project, $2 rows at most, $3 id after which to go on ('' from the start). One row a cohort, in the
-- order they were made.
select
    id,
    name,
    criteria,
    version,
    fixed,
    created_by as "createdBy",
    created_at as "createdAt",
    updated_at as "updatedAt"
from cohorts
where project = $1::text and id > $3::text and status = 'active'
order by id
limit $2::integer
