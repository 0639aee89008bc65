-- Where the stored members of a cohort stand. $1 cohort. At most one row.
select
    status,
    attempts,
    reason,
    due_at as "dueAt",
    refreshed_at as "refreshedAt",
    size::float8 as size,
    elapsed_ms as "elapsedMs"
from cohort_states
where cohort = $1::text
