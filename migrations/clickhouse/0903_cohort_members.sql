-- The members of each cohort in its newest version: those of the newest whole one, with the changes that were published after it.
create or replace view cohort_members as
select project, cohort_id, person_key, any(name) as name, any(known) as known
from cohort_people
where (project, cohort_id, version) in
(
    select project, cohort_id, version
    from
    (
        select project, cohort_id, version, max(basis) over (partition by project, cohort_id) as newest
        from cohort_refreshes
    )
    where version >= newest
)
group by project, cohort_id, person_key
having argMax(gone, version) = 0
