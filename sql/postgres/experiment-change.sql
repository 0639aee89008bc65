-- Gives an experiment a new version. $1 project, $2 id, $3 new name or null for the one it has, $4 definition as JSON, $5 key it is
-- changed with. One row when there was one.
with changed as (
    update experiments
    set
        name = coalesce($3::text, name),
        definition = $4::json,
        version = version + 1,
        changed_by = $5::text,
        updated_at = now()
    where project = $1::text and id = $2::text
    returning id, version, definition, changed_by
)
insert into experiment_versions (experiment, version, definition, created_by)
select id, version, definition, changed_by
from changed
returning version
