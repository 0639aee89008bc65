-- Adds a key; nothing when the same key exists. $1 id, $2 project, $3 name, $4 prefix, $5 SHA-256 as bytes, $6 scopes,
-- $7 limits as JSON.
-- One row when it was added.
insert into api_keys (id, project, name, prefix, hash, scopes, limits)
values ($1::text, $2::text, $3::text, $4::text, $5::bytea, $6::text[], $7::jsonb)
on conflict (hash) do nothing
returning id, project, name, prefix, scopes, limits, created_at as "createdAt", revoked_at as "revokedAt"
