-- Deletes a predictive model and its versions. $1 project, $2 id. One row when there was one.
delete from predictive_models
where project = $1::text and id = $2::text
returning id
