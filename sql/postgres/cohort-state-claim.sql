-- Takes the cohort that has been due longest: one whose time has come, or one whose calculation has not ended by its deadline, for which
-- that is the reason until it ends. $1 claim, $2 seconds until the deadline. At most one row; two processes never get the same.
with due as
(
    select cohort, status
    from cohort_states
    where (status <> 'calculating' and due_at <= now()) or (status = 'calculating' and deadline <= now())
    order by due_at
    limit 1
    for update skip locked
)
update cohort_states as state
set
    status = 'calculating',
    claim = $1::text,
    deadline = now() + make_interval(secs => $2::float8),
    attempts = state.attempts + 1,
    reason = case
        when due.status = 'calculating'
            then 'The calculation before had not ended by its deadline: its process, or Postgres, went away.'
        else state.reason
    end
from due
where state.cohort = due.cohort and state.status = due.status
returning state.cohort, state.project, state.attempts, state.refreshed_at as "refreshedAt"
