-- The sizes a cohort had, newest first. Parameters: project, cohort, limit. One row a version of its members.
select version, toUnixTimestamp64Milli(as_of) as at, size, way, why, candidates
from cohort_refreshes
where project = {project:String} and cohort_id = {cohort:String}
order by version desc
limit {limit:UInt32}
