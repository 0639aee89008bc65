-- Changes a project. $1 id, $2 new name (null: as it is), $3 settings to merge in; a setting given as null is removed.
-- One row when there is such a project.
update projects
set name = coalesce($2::text, name), settings = jsonb_strip_nulls(settings || $3::jsonb), updated_at = now()
where id = $1::text
returning id, name, settings, created_at as "createdAt", updated_at as "updatedAt"
