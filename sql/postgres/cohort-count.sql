-- How many cohorts a project has. $1 project. One row.
select count(*)::integer as cohorts
from cohorts
where project = $1::text and status = 'active'
