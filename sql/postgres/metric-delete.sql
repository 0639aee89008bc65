-- Deletes a metric; its versions and results stay. $1 project, $2 id. One row when there was one.
update custom_metrics
set deleted_at = now(), updated_at = now()
where project = $1::text and id = $2::text and deleted_at is null
returning id
