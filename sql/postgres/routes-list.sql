-- Routes by project and id. $1 a project, or '' for all; $2 rows at most. One row a route.
select id, project, name, events, kind, target, secret, created_at as "createdAt"
from event_routes
where $1::text = '' or project = $1::text
order by project, id
limit $2::integer
