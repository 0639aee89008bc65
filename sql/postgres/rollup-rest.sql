-- Leaves a rollup alone for a while after a failure. $1 id, $2 state from now on, $3 why it failed, $4 pause in milliseconds.
update metric_rollups
set
    state = $2::text,
    reason = $3::text,
    attempts = attempts + 1,
    not_before = now() + $4::float8 * interval '1 millisecond',
    updated_at = now()
where id = $1::text and state <> 'dropping'
