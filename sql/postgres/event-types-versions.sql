-- The versions of an event type, newest first. $1 event type, $2 rows at most. One row a version.
select
    version,
    category,
    description,
    mode,
    schema,
    validators,
    forced,
    created_by as "createdBy",
    created_at as "createdAt"
from event_type_versions
where event_type = $1::text
order by version desc
limit $2::integer
