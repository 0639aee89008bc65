-- A project's dashboards. $1 project, $2 rows at most, $3 id after which to go on ('' from the start).
-- One row a dashboard, in the order they were made.
select
    id,
    name,
    tiles,
    share_hash is not null as shared,
    created_at as "createdAt",
    updated_at as "updatedAt"
from dashboards
where project = $1::text and id > $3::text
order by id
limit $2::integer
