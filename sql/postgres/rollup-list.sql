-- Every rollup of every project. One row a rollup, in the order they were made.
select
    id,
    metric,
    project,
    name,
    "table",
    plan,
    plan_hash as "planHash",
    state,
    reason,
    attempts,
    not_before > now() as "isResting",
    cut_ms::float8 as "cutMs",
    filled_month as "filledMonth"
from metric_rollups
order by created_at, id
limit $1::integer
