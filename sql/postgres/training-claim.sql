-- Takes the training that has waited longest, or one whose process ended. $1 claim, $2 seconds until the deadline, $3 attempts at most.
-- At most one row; two processes never get the same.
with open as
(
    select model, version
    from model_trainings
    where state = 'waiting' or (state = 'running' and deadline <= now() and attempts < $3::integer)
    order by asked_at
    limit 1
    for update skip locked
)
update model_trainings as training
set
    state = 'running',
    claim = $1::text,
    deadline = now() + make_interval(secs => $2::float8),
    attempts = training.attempts + 1
from open, predictive_models
where training.model = open.model
    and training.version = open.version
    and predictive_models.id = open.model
returning
    training.model,
    training.version,
    training.attempts,
    predictive_models.project,
    predictive_models.kind,
    predictive_models.question
