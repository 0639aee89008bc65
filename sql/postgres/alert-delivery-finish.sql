-- Keeps what became of an attempt. $1 id, $2 state, $3 error ('' for none), $4 milliseconds until the next attempt.
update alert_deliveries
set
    state = $2::text,
    error = $3::text,
    next_at = now() + $4::integer * interval '1 millisecond',
    finished_at = case when $2::text = 'waiting' then null else now() end
where id = $1::text and state = 'waiting'
