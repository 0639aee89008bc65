-- One dashboard. $1 project, $2 id. At most one row.
select
    id,
    name,
    tiles,
    share_hash is not null as shared,
    created_at as "createdAt",
    updated_at as "updatedAt"
from dashboards
where project = $1::text and id = $2::text
