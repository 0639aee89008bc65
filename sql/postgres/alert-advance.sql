-- Keeps what an evaluation found. $1 id, $2 states as JSON, $3 when it was evaluated.
update alerts
set states = $2::json, evaluated_at = $3::timestamptz, last_error = ''
where id = $1::text
