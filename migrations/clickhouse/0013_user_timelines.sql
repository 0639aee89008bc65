-- What is known of each person, property by property, and since when: a view with parameters, `project` and `names`, the properties
-- of interest. A property lives from one unset to the next: within such a life the latest set holds, and before the first set
-- what was set if absent. Persons are those the ids belong to now.
-- One row a person: user_timelines has for each name the states in the order of time, (epoch ms, JSON or '').
create or replace view user_timelines as
select
    user_key,
    mapFromArrays(groupArray(name), groupArray(states)) as user_timelines
from
(
    select
        user_key,
        name,
        arrayMap(known -> (known.1, known.5), arraySort(groupArray((ms, received_ms, event_id, op, state)))) as states
    from
    (
        select
            user_key,
            name,
            ms,
            received_ms,
            event_id,
            op,
            if(
                op = 2,
                '',
                coalesce(anyLast(if(op = 1, value, null)) over life, any(if(op = 0, value, null)) over life, '')
            ) as state
        from
        (
            select
                *,
                countIf(op = 2) over (
                    partition by user_key, name
                    order by ms, received_ms, event_id, op
                    rows between unbounded preceding and current row
                ) as lives
            from
            (
                select
                    if(merged.target_key != 0, merged.target_key, changes.person_key) as user_key,
                    name,
                    toUnixTimestamp64Milli(at) as ms,
                    toUnixTimestamp64Milli(received_at) as received_ms,
                    event_id,
                    op,
                    value
                from user_property_changes as changes
                left any join
                (
                    select person_key as merged_key, argMax(target_key, seq) as target_key
                    from identity_overrides
                    where project = {project:String}
                    group by person_key
                ) as merged on merged.merged_key = changes.person_key
                where project = {project:String} and name in {names:Array(String)}
            )
        )
        window life as (
            partition by user_key, name, lives
            order by ms, received_ms, event_id, op
            rows between unbounded preceding and current row
        )
    )
    group by user_key, name
)
group by user_key
