-- What membership depends on beside events. Parameters: project; lists: ids of fixed cohorts.
-- One row. joined: newest seq of joined ids; altered: what was erased or altered in events so far; versions: those of the lists.
select
    toString((select max(seq) from identity_overrides where project = {project:String})) as joined,
    (
        select concat(toString(count()), ' ', toString(max(create_time)))
        from system.mutations
        where database = currentDatabase() and table = 'events'
    ) as altered,
    arraySort((
        select groupArray(concat(cohort_id, ' ', toString(version)))
        from
        (
            select cohort_id, max(version) as version
            from cohort_refreshes
            where project = {project:String} and cohort_id in {lists:Array(String)}
            group by cohort_id
        )
    )) as versions
