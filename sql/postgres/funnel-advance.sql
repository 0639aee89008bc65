-- Moves a funnel to its next version and keeps it locked until the transaction ends. $1 project, $2 id, $3 new name or null for
-- the one it has. One row with the new version, none when there is no such funnel.
update funnels
set version = version + 1, name = coalesce($3::text, name), updated_at = now()
where project = $1::text and id = $2::text and deleted_at is null
returning version
