-- All that events are judged by, as of one revision. One row: revision, every project's active types in their current version,
-- and the projects that are strict.
select
    revision::float8 as revision,
    (
        select coalesce(
            json_agg(json_build_object(
                'project', event_types.project,
                'name', event_types.name,
                'version', event_types.version,
                'mode', event_type_versions.mode,
                'schema', event_type_versions.schema,
                'validators', event_type_versions.validators
            )),
            '[]'
        )
        from event_types
        join event_type_versions
            on event_type_versions.event_type = event_types.id and event_type_versions.version = event_types.version
        where event_types.active
    ) as types,
    (
        select coalesce(json_agg(projects.id), '[]')
        from projects
        where projects.settings @> '{"strict": true}'
    ) as "strictProjects"
from registry_revision
