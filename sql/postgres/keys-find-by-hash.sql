-- A key by its SHA-256, revoked or not. $1 SHA-256 as bytes. At most one row.
select id, project, name, prefix, scopes, limits, created_at as "createdAt", revoked_at as "revokedAt"
from api_keys
where hash = $1::bytea
