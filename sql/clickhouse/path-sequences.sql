-- The ways people go: for each visit the names of its events in order, from where it is looked at.
-- Slots: rows: event-rows.sql with the column name; gap: ms without an event that end a visit; events_max: events of one person that are
-- looked at, her earliest (a limit of groupArray would keep those that are read first); collapse: whether repeats in a row are one;
-- slice: what is looked at of names, the visit's; kept: whether it is anything; way: what is made of the slice; lead: places that are
-- left free before it.
-- One row a way (one a visit, or one for each event that ways lead around): unit, way and lead. Events at the same instant are in the
-- order of their names. No lambda reads an array from outside: the engine would copy it for each element.
select
    unit,
    {{slice}} as slice,
    {{way}} as way,
    {{lead}} as lead
from
(
    select
        unit,
        arraySlice(arraySort(groupArray((offset, name))), 1, {{events_max}}) as events,
        arrayMap((event, before) -> event.1 - before.1 > {{gap}}, events, arrayPushFront(arrayPopBack(events), events[1])) as begins,
        arrayJoin(arraySplit((event, begin) -> begin, events, begins)) as visit,
        {{collapse}}(arrayMap(event -> event.2, visit)) as names
    from ({{rows}})
    group by unit
)
where {{kept}}
