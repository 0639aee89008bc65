-- Adds to the candidates of a cohort the ids that were joined to them. Parameters: project, cohort, version: of the candidates.
insert into cohort_people (project, cohort_id, version, person_key)
select {project:String}, {cohort:String}, {version:UInt64}, person_key
from
(
    select person_key, argMax(target_key, seq) as target
    from identity_overrides
    where project = {project:String}
    group by person_key
)
where target in
(
    select person_key
    from cohort_people
    where project = {project:String} and cohort_id = {cohort:String} and version = {version:UInt64}
)
