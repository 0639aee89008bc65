-- The people of a fixed cohort, each by the person whose ids were joined with hers. Slots: project, cohort. One row a person of the list.
select if(merged.target_key != 0, merged.target_key, listed.person_key) as resolved_key
from cohort_members as listed
left any join
(
    select person_key, argMax(target_key, seq) as target_key
    from identity_overrides
    where project = {{project}}
    group by person_key
) as merged on merged.person_key = listed.person_key
where listed.project = {{project}} and listed.cohort_id = {{cohort}}
