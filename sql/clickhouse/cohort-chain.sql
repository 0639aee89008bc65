-- The newest whole version of a cohort's members and the changes published after it, oldest first. Parameters: project, cohort; limit:
-- rows at most. One row a version; at in epoch ms.
select
    version,
    basis,
    previous,
    toUnixTimestamp64Milli(as_of) as at,
    size,
    candidates,
    people,
    received_ms,
    toString(joined) as joined,
    altered,
    meaning
from cohort_refreshes
where project = {project:String}
    and cohort_id = {cohort:String}
    and version >= (select max(basis) from cohort_refreshes where project = {project:String} and cohort_id = {cohort:String})
order by version
limit {limit:UInt32}
