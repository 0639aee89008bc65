-- How many metrics a project has. $1 project. One row.
select count(*)::integer as metrics
from custom_metrics
where project = $1::text and deleted_at is null
