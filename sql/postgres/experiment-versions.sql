-- The versions of an experiment, newest first. $1 experiment, $2 rows at most. One row a version.
select
    version,
    definition,
    created_by as "createdBy",
    created_at as "createdAt"
from experiment_versions
where experiment = $1::text
order by version desc
limit $2::integer
