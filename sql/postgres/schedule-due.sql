-- Schedules that are due, locked until the transaction ends; those another process has locked are its own. $1 rows at most. One row a
-- schedule, with the version the metric has and the time it is now.
select
    metric_schedules.metric,
    metric_schedules.project,
    metric_schedules.cron,
    metric_schedules.timezone,
    custom_metrics.version,
    now() as now
from metric_schedules
join custom_metrics on custom_metrics.id = metric_schedules.metric
where metric_schedules.next_at <= now()
order by metric_schedules.next_at
limit $1::integer
for update of metric_schedules skip locked
