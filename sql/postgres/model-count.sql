-- How many predictive models a project has. $1 project. One row.
select count(*)::integer as models
from predictive_models
where project = $1::text
