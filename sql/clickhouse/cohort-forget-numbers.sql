-- Removes what was counted for versions of a cohort's members that no longer count. Parameters: project, cohort, version: those before it.
delete from cohort_numbers
where project = {project:String} and cohort_id = {cohort:String} and version < {version:UInt64}
