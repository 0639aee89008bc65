-- How many funnels a project has. $1 project. One row.
select count(*)::integer as funnels
from funnels
where project = $1::text and deleted_at is null
