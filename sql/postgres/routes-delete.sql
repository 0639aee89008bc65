-- Deletes a route. $1 project, $2 id. One row when there was one.
delete from event_routes
where project = $1::text and id = $2::text
returning id, project, name, events, kind, target, secret, created_at as "createdAt"
