-- A project's keys, revoked ones included. $1 project, $2 rows at most, $3 id after which to go on ('' from the start).
-- One row a key, in order of id.
select id, project, name, prefix, scopes, limits, created_at as "createdAt", revoked_at as "revokedAt"
from api_keys
where project = $1::text and id > $3::text
order by id
limit $2::integer
