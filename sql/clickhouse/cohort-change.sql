-- Writes who of the candidates came and who is gone, as a version of a cohort. Slots: project, cohort, version; versions: those the
-- change is to; candidates: their version; members: cohort-counted.sql over the candidates.
insert into cohort_people (project, cohort_id, version, person_key, gone)
select {{project}}, {{cohort}}, {{version}}, person_key, max(before) as was
from
(
    select person_key, 1 as now, 0 as before
    from ({{members}})
    union all
    select person_key, 0 as now, 1 as before
    from cohort_people
    where project = {{project}}
        and cohort_id = {{cohort}}
        and version in {{versions}}
        and person_key in
        (
            select person_key
            from cohort_people
            where project = {{project}} and cohort_id = {{cohort}} and version = {{candidates}}
        )
    group by person_key
    having argMax(gone, version) = 0
)
group by person_key
having max(now) != was
