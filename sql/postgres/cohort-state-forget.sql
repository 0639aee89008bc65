-- Forgets the state of a deleted cohort. $1 cohort.
delete from cohort_states
where cohort = $1::text
