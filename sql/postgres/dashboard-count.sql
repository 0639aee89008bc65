-- How many dashboards a project has. $1 project. One row.
select count(*)::integer as dashboards
from dashboards
where project = $1::text
