-- Other cohorts whose criteria name a cohort. $1 project, $2 id (letters, digits and _ only), $3 rows at most. One row a cohort.
select id, name
from cohorts
where project = $1::text
    and status = 'active'
    and id <> $2::text
    and position('"' || $2::text || '"' in criteria::text) > 0
order by id
limit $3::integer
