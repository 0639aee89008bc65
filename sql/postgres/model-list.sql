-- Predictive models of a project with the state of their latest training. $1 project, $2 rows at most, $3 id after which to go on (''
-- from the start), $4 the one wanted, or null. One row a model, in the order they were made.
select
    id,
    kind,
    name,
    question,
    cron,
    timezone,
    next_at as "nextAt",
    created_by as "createdBy",
    created_at as "createdAt",
    latest.version,
    latest.state
from predictive_models
left join lateral
(
    select version, state
    from model_trainings
    where model = predictive_models.id
    order by version desc
    limit 1
) as latest on true
where project = $1::text and id > $3::text and ($4::text is null or id = $4::text)
order by id
limit $2::integer
