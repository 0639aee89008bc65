-- Deletes a dashboard. $1 project, $2 id. One row when there was one.
delete from dashboards
where project = $1::text and id = $2::text
returning id
