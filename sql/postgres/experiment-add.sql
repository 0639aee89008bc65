-- Adds an experiment and its first version. $1 id, $2 project, $3 name, $4 definition as JSON, $5 key it is made with.
with added as (
    insert into experiments (id, project, name, definition, changed_by)
    values ($1::text, $2::text, $3::text, $4::json, $5::text)
    returning id, version, definition, changed_by
)
insert into experiment_versions (experiment, version, definition, created_by)
select id, version, definition, changed_by
from added
