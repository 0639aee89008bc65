-- The latest trained version of a project's models, of which at least one is done. $1 project, $2 kind, $3 one model's id or null. At
-- most one row: the version trained last.
select
    model_trainings.model,
    predictive_models.name,
    model_trainings.version,
    model_trainings.trained_at as "trainedAt",
    model_trainings.answer
from model_trainings
join predictive_models on predictive_models.id = model_trainings.model
where predictive_models.project = $1::text
    and predictive_models.kind = $2::text
    and model_trainings.state = 'done'
    and ($3::text is null or predictive_models.id = $3::text)
order by model_trainings.trained_at desc
limit 1
