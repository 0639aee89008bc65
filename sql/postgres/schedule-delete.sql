-- Removes the schedule of a metric; its results stay. $1 metric. One row when there was one.
delete from metric_schedules
where metric = $1::text
returning metric
