-- Alerts that are due, each given to one process; the next time counts from now, so missed ones are made good by one. $1 rows at most. One
-- row an alert.
update alerts
set next_at = now() + interval_ms * interval '1 millisecond'
where id in (
    select id
    from alerts
    where next_at <= now()
    order by next_at
    limit $1::integer
    for update skip locked
)
returning
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
