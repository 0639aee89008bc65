-- Ends a calculation. $1 cohort, $2 claim, $3 size, $4 ms it took, $5 seconds until it is due again. One row unless the claim was lost.
update cohort_states
set
    status = 'ready',
    claim = null,
    deadline = null,
    attempts = 0,
    reason = null,
    refreshed_at = now(),
    size = $3::bigint,
    elapsed_ms = $4::integer,
    due_at = now() + make_interval(secs => $5::float8)
where cohort = $1::text and status = 'calculating' and claim = $2::text
returning cohort
