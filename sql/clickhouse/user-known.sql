-- What is known of one person now: per property the latest set since it was last unset, else what was first set if absent since.
-- Slots: project; key: whose a change is; joined: what resolves that; own: the person's key; limit: properties at most.
-- One row a property that has a value, as JSON.
with
    maxIf(place, op = 2) as unset_at,
    argMaxIf(value, place, op = 1) as latest,
    maxIf(place, op = 1) as set_at,
    arraySort(groupArrayIf((place, value), op = 0)) as firsts
select
    name,
    if(
        countIf(op = 1) > 0 and (countIf(op = 2) = 0 or set_at > unset_at),
        latest,
        arrayFirst(first -> countIf(op = 2) = 0 or first.1 > unset_at, firsts).2
    ) as known
from
(
    select name, op, value, (at, received_at, event_id, op) as place
    from user_property_changes as changes
    {{joined}}
    where project = {{project}} and {{key}} = {{own}}
)
group by name
having known != ''
order by name
limit {{limit}}
