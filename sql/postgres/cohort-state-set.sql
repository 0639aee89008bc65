-- Makes a cohort due at once, as one that is new or changed. $1 cohort, $2 project. A calculation that runs loses its claim.
with forgotten as
(
    delete from cohort_states
    where cohort = $1::text
    returning refreshed_at, size, elapsed_ms
)
insert into cohort_states (cohort, project, status, refreshed_at, size, elapsed_ms)
select $1::text, $2::text, 'waiting', max(refreshed_at), max(size), max(elapsed_ms)
from forgotten
