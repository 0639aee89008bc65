-- Adds a route. $1 id, $2 project, $3 name, $4 events, $5 kind, $6 target, $7 secret, $8 the key that does it, $9 routes a project
-- may have. No row when the project has a route of this name, or as many as it may have. One row otherwise.
insert into event_routes (id, project, name, events, kind, target, secret, created_by)
select $1::text, $2::text, $3::text, $4::text[], $5::text, $6::text, $7::text, $8::text
where (select count(*) from event_routes where project = $2::text) < $9::integer
on conflict (project, name) do nothing
returning id, project, name, events, kind, target, secret, created_at as "createdAt"
