-- How many experiments a project has. $1 project. One row.
select count(*)::integer as experiments
from experiments
where project = $1::text
