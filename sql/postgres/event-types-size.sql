-- How much of the registry a project takes: its active event types, and the bytes of their schemas. $1 project. One row.
select
    count(*)::integer as types,
    coalesce(sum(octet_length(event_type_versions.schema::text)), 0)::float8 as bytes
from event_types
join event_type_versions
    on event_type_versions.event_type = event_types.id and event_type_versions.version = event_types.version
where event_types.project = $1::text and event_types.active
