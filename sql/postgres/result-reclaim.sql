-- Claims runs that were claimed long ago and did not end: their process is gone. $1 milliseconds that are long, $2 attempts at most,
-- $3 rows at most. One row a run.
update metric_results
set attempts = attempts + 1, claimed_at = now()
from
(
    select metric, scheduled_for
    from metric_results
    where state = 'running'
        and claimed_at < now() - $1::float8 * interval '1 millisecond'
        and attempts < $2::integer
    limit $3::integer
    for update skip locked
) as abandoned
where metric_results.metric = abandoned.metric and metric_results.scheduled_for = abandoned.scheduled_for
returning
    metric_results.metric,
    metric_results.scheduled_for as "scheduledFor",
    metric_results.project,
    metric_results.version
