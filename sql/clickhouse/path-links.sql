-- How often one event of a way is followed by another, place by place.
-- Slots: ways: path-sequences.sql; steps: places of a way; limit.
-- One row a place (from 1), event and next event; '' as next event: the visit ended there, before the last place.
select
    link.1 as step,
    link.2 as source,
    link.3 as target,
    count() as visits
from
(
    select arrayJoin(arrayMap(
        (name, next, i) -> (i + lead, name, next),
        way,
        arrayPushBack(arrayPopFront(way), ''),
        arrayEnumerate(way)
    )) as link
    from ({{ways}})
)
where step < {{steps}} or target != ''
group by step, source, target
order by step, visits desc, source, target
limit {{limit}}
