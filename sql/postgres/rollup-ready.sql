-- The rollups that answer for a project. $1 project. One row a rollup.
select metric, name, "table", plan
from metric_rollups
where project = $1::text and state = 'ready'
order by created_at, id
