-- Revokes a key; repeating it changes nothing. $1 id, $2 project. One row when there is such a key.
update api_keys
set revoked_at = coalesce(revoked_at, now())
where id = $1::text and project = $2::text
returning id, project, name, prefix, scopes, limits, created_at as "createdAt", revoked_at as "revokedAt"
