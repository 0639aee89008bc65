-- Deletes an experiment. $1 project, $2 id. One row when there was one.
delete from experiments
where project = $1::text and id = $2::text
returning id
