-- How many people a refresh wrote. Parameters: project, cohort, version. One row: numbers, of whom something was counted; people, who were
-- candidates or members.
select
    (
        select count()
        from cohort_numbers
        where project = {project:String} and cohort_id = {cohort:String} and version = {version:UInt64}
    ) as numbers,
    (
        select count()
        from cohort_people
        where project = {project:String} and cohort_id = {cohort:String} and version = {version:UInt64}
    ) as people
