-- The members of each cohort in its newest whole version.
create view if not exists cohort_members as
select project, cohort_id, person_key, name, known
from cohort_people
where (project, cohort_id, version) in
(
    select project, cohort_id, max(version)
    from cohort_refreshes
    group by project, cohort_id
)
