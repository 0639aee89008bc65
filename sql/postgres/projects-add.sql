-- Adds a project; nothing when there is one with this id. $1 id, $2 name, $3 settings. One row when it was added.
insert into projects (id, name, settings)
values ($1::text, $2::text, $3::jsonb)
on conflict (id) do nothing
returning id, name, settings, created_at as "createdAt", updated_at as "updatedAt"
