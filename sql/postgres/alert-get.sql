-- One alert. $1 project, $2 id. At most one row.
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
where project = $1::text and id = $2::text
