-- Replaces an alert's rule; it is judged anew at once. $1 project, $2 id, $3 name, $4 rule as JSON, $5 interval in milliseconds. One row when
-- there was one.
update alerts
set
    name = $3::text,
    rule = $4::json,
    interval_ms = $5::integer,
    revision = revision + 1,
    last_error = '',
    next_at = now(),
    updated_at = now()
where project = $1::text and id = $2::text
returning id
