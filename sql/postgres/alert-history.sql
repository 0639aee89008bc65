-- Changes of state of an alert, the newest first. $1 alert, $2 rows at most, $3 id before which to go on, or null. One row a change.
select
    id::text as id,
    dimension_value as "dimensionValue",
    at,
    from_status as "fromStatus",
    to_status as "toStatus",
    value,
    incident,
    silenced
from alert_history
where alert = $1::text and ($3::bigint is null or id < $3::bigint)
order by id desc
limit $2::integer
