-- One experiment. $1 project, $2 id. At most one row.
select id, name, version, definition, created_at as "createdAt", updated_at as "updatedAt"
from experiments
where project = $1::text and id = $2::text
