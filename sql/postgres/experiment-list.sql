-- A project's experiments. $1 project, $2 rows at most, $3 id after which to go on ('' from the start).
-- One row an experiment, in the order they were made.
select id, name, version, definition, created_at as "createdAt", updated_at as "updatedAt"
from experiments
where project = $1::text and id > $3::text
order by id
limit $2::integer
