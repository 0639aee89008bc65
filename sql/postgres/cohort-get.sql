-- One cohort. $1 project, $2 id. At most one row.
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
where project = $1::text and id = $2::text and status = 'active'
