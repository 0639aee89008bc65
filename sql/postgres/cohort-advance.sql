-- Gives a cohort a new version. $1 project, $2 id, $3 name or null to keep it, $4 criteria as JSON or null to keep them. One row
-- when there was one.
update cohorts
set version = version + 1, name = coalesce($3::text, name), criteria = coalesce($4::json, criteria), updated_at = now()
where project = $1::text and id = $2::text and status = 'active'
returning version
