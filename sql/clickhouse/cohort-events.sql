-- What the members of a cohort did in a range, a number each. Slots: members: cohort-members.sql; project; wanted: which events; value: the
-- number of a person, an aggregate; people, events: src/query/people.ts.
-- One row: members with such an event, the mean and sample variance of their numbers. Who has no such event is not in it.
select
    count() as people,
    avg(value) as mean,
    varSamp(value) as variance
from
(
    {{people}}select person_key, {{value}} as value
    from {{events}}
    where project = {{project}} and {{wanted}} and person_key in ({{members}})
    group by person_key
)
