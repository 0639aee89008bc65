-- How many schedules a project has beside that of one metric. $1 project, $2 metric. One row.
select count(*)::integer as schedules
from metric_schedules
where project = $1::text and metric <> $2::text
