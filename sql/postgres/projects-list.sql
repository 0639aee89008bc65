-- Projects. $1 only this one ('' for all), $2 rows at most, $3 id after which to go on ('' from the start).
-- One row a project, in order of id.
select id, name, settings, created_at as "createdAt", updated_at as "updatedAt"
from projects
where ($1::text = '' or id = $1::text) and id > $3::text
order by id
limit $2::integer
