-- Makes a version of a cohort's members the one that counts, with its size. Parameters: project, cohort, version, as_of in epoch ms.
insert into cohort_refreshes (project, cohort_id, version, as_of, size)
select
    {project:String},
    {cohort:String},
    {version:UInt64},
    fromUnixTimestamp64Milli({as_of:Int64}, 'UTC'),
    count()
from cohort_people
where project = {project:String} and cohort_id = {cohort:String} and version = {version:UInt64}
