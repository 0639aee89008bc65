-- The versions of a funnel, newest first. $1 funnel, $2 rows at most. One row a version.
select
    version,
    definition,
    created_by as "createdBy",
    created_at as "createdAt"
from funnel_versions
where funnel = $1::text
order by version desc
limit $2::integer
