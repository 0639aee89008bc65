-- How many ids of candidates were joined after they were found. Parameters: project, cohort, version: of the candidates; joined: the
-- newest seq before. One row.
select count() as ids
from identity_overrides
where project = {project:String}
    and seq > {joined:UInt64}
    and arrayExists(
        key -> key in
        (
            select person_key
            from cohort_people
            where project = {project:String} and cohort_id = {cohort:String} and version = {version:UInt64}
        ),
        [person_key, target_key]
    )
