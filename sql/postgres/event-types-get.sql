-- One event type in its current version, active or not. $1 project, $2 name. At most one row.
select
    event_types.id,
    event_types.name,
    event_types.version,
    event_types.active,
    event_types.created_at as "createdAt",
    event_types.updated_at as "updatedAt",
    event_type_versions.category,
    event_type_versions.description,
    event_type_versions.mode,
    event_type_versions.schema,
    event_type_versions.validators
from event_types
join event_type_versions
    on event_type_versions.event_type = event_types.id and event_type_versions.version = event_types.version
where event_types.project = $1::text and event_types.name = $2::text
