-- Ends a run. $1 metric, $2 when it was due, $3 done or failed, $4 the answer as JSON or null, $5 why there is none.
update metric_results
set state = $3::text, answer = $4::json, reason = $5::text, finished_at = now()
where metric = $1::text and scheduled_for = $2::timestamptz and state = 'running'
