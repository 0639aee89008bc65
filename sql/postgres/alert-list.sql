-- A project's alerts. $1 project, $2 rows at most, $3 id after which to go on ('' from the start), $4 whether only those that fire.
-- One row an alert, in the order they were made.
select
    id,
    project,
    name,
    rule,
    builtin,
    secret,
    interval_ms as "intervalMs",
    silenced_until as "silencedUntil",
    evaluated_at as "evaluatedAt",
    last_error as "lastError",
    states,
    revision,
    created_at as "createdAt",
    updated_at as "updatedAt"
from alerts
where
    project = $1::text
    and id > $3::text
    and (
        not $4::boolean
        or exists (
            select from json_each(states) as state where state.value ->> 'status' = 'firing'
        )
    )
order by id
limit $2::integer
