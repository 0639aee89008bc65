-- Every key in force with its project's settings. $1 rows at most. One row a key.
select
    api_keys.id as "keyId",
    encode(api_keys.hash, 'hex') as hash,
    api_keys.project,
    api_keys.scopes,
    api_keys.limits,
    projects.settings
from api_keys
join projects on projects.id = api_keys.project
where api_keys.revoked_at is null
order by api_keys.created_at
limit $1::integer
