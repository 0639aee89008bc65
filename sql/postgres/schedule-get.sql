-- The schedule of a metric. $1 metric. At most one row.
select cron, timezone, next_at as "nextAt"
from metric_schedules
where metric = $1::text
