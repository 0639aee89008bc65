-- Says when a schedule is due next. $1 metric, $2 when.
update metric_schedules
set next_at = $2::timestamptz
where metric = $1::text
