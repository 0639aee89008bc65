-- How many people of a list have no event. Parameters: project, cohort, version; limit: names shown.
-- One row: listed people, how many of them are unknown, and some of their names.
select
    count() as listed,
    countIf(unknown) as unknown_people,
    groupArraySortedIf({limit:UInt32})(name, unknown) as unknown_names
from
(
    select
        name,
        person_key not in (select person_key from events where project = {project:String}) as unknown
    from cohort_people
    where project = {project:String} and cohort_id = {cohort:String} and version = {version:UInt64}
)
