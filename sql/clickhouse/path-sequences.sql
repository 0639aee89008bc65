-- The ways people go: for each visit the names of its events in order, from where it is looked at.
-- Slots: rows: event-rows.sql with the column name; gap: ms without an event that end a visit; events_max: events of one person that are
-- looked at; collapse: whether repeats in a row are one; start, end: index in names where the way begins and ends, 0 for none; steps;
-- lead: places that are left free before it; way: what is made of the slice.
-- One row a way (one a visit, or one for each event that ways lead around): unit, way and lead. Events at the same instant are in the
-- order of their names.
select
    unit,
    arraySlice(names, {{start}} as first, least({{steps}}, ({{end}} as last) - first + 1)) as slice,
    {{way}} as way,
    {{lead}} as lead
from
(
    select
        unit,
        arraySort(groupArray({{events_max}})((offset, name))) as events,
        arrayMap((event, i) -> i > 1 and event.1 - events[i - 1].1 > {{gap}}, events, arrayEnumerate(events)) as begins,
        arrayJoin(arraySplit((event, begin) -> begin, events, begins)) as visit,
        {{collapse}}(arrayMap(event -> event.2, visit)) as names
    from ({{rows}})
    group by unit
)
where first > 0 and last >= first
