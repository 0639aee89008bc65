-- Ends runs that were claimed as often as may be and did not end. $1 milliseconds that are long, $2 attempts at most, $3 why.
update metric_results
set state = 'failed', reason = $3::text, finished_at = now()
where state = 'running'
    and claimed_at < now() - $1::float8 * interval '1 millisecond'
    and attempts >= $2::integer
