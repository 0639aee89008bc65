-- Gives a metric its schedule, or another one. $1 metric, $2 project, $3 cron pattern, $4 time zone, $5 when it is due next, $6 id of the key.
insert into metric_schedules (metric, project, cron, timezone, next_at, created_by)
values ($1::text, $2::text, $3::text, $4::text, $5::timestamptz, $6::text)
on conflict (metric) do update
set cron = excluded.cron, timezone = excluded.timezone, next_at = excluded.next_at, created_by = excluded.created_by, updated_at = now()
