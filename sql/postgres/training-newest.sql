-- The training asked for last of all models of a kind, whatever came of it. $1 project, $2 kind. At most one row.
select
    predictive_models.name,
    model_trainings.state,
    model_trainings.reason
from model_trainings
join predictive_models on predictive_models.id = model_trainings.model
where predictive_models.project = $1::text and predictive_models.kind = $2::text
order by model_trainings.asked_at desc, model_trainings.model desc, model_trainings.version desc
limit 1
