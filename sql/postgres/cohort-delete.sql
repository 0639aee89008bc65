-- Deletes a cohort, which moves it to another partition. $1 project, $2 id. One row when there was one.
update cohorts
set status = 'deleted', updated_at = now()
where project = $1::text and id = $2::text and status = 'active'
returning id
