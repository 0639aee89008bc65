-- Deletes a funnel; its versions stay. $1 project, $2 id. One row when there was one.
update funnels
set deleted_at = now(), updated_at = now()
where project = $1::text and id = $2::text and deleted_at is null
returning id
