-- Deletes an alert with its history and what was still to be said of it. $1 project, $2 id. One row when there was one.
delete from alerts
where project = $1::text and id = $2::text
returning id
