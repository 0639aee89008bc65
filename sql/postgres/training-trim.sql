-- Forgets the oldest trainings of a model. $1 model, $2 the oldest version that stays.
delete from model_trainings
where model = $1::text and version < $2::integer
