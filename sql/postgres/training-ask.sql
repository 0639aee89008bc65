-- Asks for a training of a model, unless one waits already. $1 model. One row: the version that waits.
with waiting as
(
    select version
    from model_trainings
    where model = $1::text and state = 'waiting'
),
added as
(
    insert into model_trainings (model, version)
    select $1::text, coalesce((select max(version) from model_trainings where model = $1::text), 0) + 1
    where not exists (select 1 from waiting)
    on conflict do nothing
    returning version
)
select version from waiting
union all
select version from added
