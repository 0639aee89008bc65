-- Adds an event type; nothing when the project has one of this name. $1 id, $2 project, $3 name. One row when it was added.
insert into event_types (id, project, name, version)
values ($1::text, $2::text, $3::text, 1)
on conflict (project, name) do nothing
returning id
