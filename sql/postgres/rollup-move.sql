-- Moves a rollup on, unless it is somewhere else meanwhile. $1 id, $2 state it is in, $3 state it gets, $4 reason, $5 cut in epoch
-- milliseconds or null for the one it has, $6 month filled last. One row when it was moved.
update metric_rollups
set
    state = $3::text,
    reason = $4::text,
    cut_ms = coalesce($5::bigint, cut_ms),
    filled_month = $6::integer,
    attempts = case when $3::text = 'ready' then 0 else attempts end,
    updated_at = now()
where id = $1::text and state = $2::text
returning id
