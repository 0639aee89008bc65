-- How many alerts a project has. $1 project. One row.
select count(*)::integer as alerts
from alerts
where project = $1::text
