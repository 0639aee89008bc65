-- Versions of a model, newest first. $1 model, $2 rows at most, $3 the one wanted, or null. One row a version.
select
    version,
    state,
    asked_at as "askedAt",
    trained_at as "trainedAt",
    attempts,
    answer,
    reason
from model_trainings
where model = $1::text and ($3::integer is null or version = $3::integer)
order by version desc
limit $2::integer
