-- Says why a calculation failed. $1 cohort, $2 claim, $3 reason, $4 seconds until it is tried again. One row unless the claim was lost.
update cohort_states
set
    status = 'failed',
    claim = null,
    deadline = null,
    reason = $3::text,
    due_at = now() + make_interval(secs => $4::float8)
where cohort = $1::text and status = 'calculating' and claim = $2::text
returning cohort
