-- Claims a run of a metric. $1 metric, $2 when it was due, $3 project, $4 version of the metric. One row for whoever is first.
insert into metric_results (metric, scheduled_for, project, version, state)
values ($1::text, $2::timestamptz, $3::text, $4::integer, 'running')
on conflict do nothing
returning metric
