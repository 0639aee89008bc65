-- The versions of a metric, newest first. $1 metric, $2 rows at most. One row a version.
select
    version,
    definition,
    created_by as "createdBy",
    created_at as "createdAt"
from custom_metric_versions
where metric = $1::text
order by version desc
limit $2::integer
