-- What a churn model foretold of a set of people. Slots: project, model, version, people: how many the version foretold of; members: a
-- statement with the column person_key. One row.
select
    count() as found,
    sum(score) as leaving,
    countIf(score >= 0.5) as likely,
    avgOrNull(score) as mean
from model_people final
where project = {{project}}
    and model = {{model}}
    and version = {{version}}
    and rank <= {{people}}
    and person_key in ({{members}})
