-- Cohorts whose criteria hold a text. $1 project, $2 the text as JSON ("order_placed"), $3 rows at most. One row a cohort; whether
-- the text is the name of an event there is for the reader to see.
select id, name, criteria as definition
from cohorts
where project = $1::text
    and status = 'active'
    and position($2::text in criteria::text) > 0
order by name, id
limit $3::integer
