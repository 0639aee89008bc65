-- A project's event types in their current versions. $1 project, $2 rows at most, $3 name after which to go on ('' from the
-- start), $4 only of this category ('' for all), $5 whether those switched off are wanted too. One row a type, by name.
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
where event_types.project = $1::text
    and event_types.name > $3::text
    and ($4::text = '' or event_type_versions.category = $4::text)
    and (event_types.active or $5::boolean)
order by event_types.name
limit $2::integer
