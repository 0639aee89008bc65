-- How many people a cohort has in a range of time and how many there are beside, and the most frequent event types.
-- Slots: project; span: the range, src/query/time/span.ts; wanted: which events count; types_max: event types at most; members: a statement with the column
-- person_key; people, events: src/query/people.ts.
-- One row.
with active as
(
    {{people}}select person_key as key, event, count() as times
    from {{events}}
    where project = {{project}}
        and {{span}}
        and {{wanted}}
    group by key, event
)
select
    uniqExactIf(key, key in ({{members}})) as members,
    uniqExact(key) - members as others,
    (
        select groupArray(event)
        from (select event from active group by event order by count() desc, event limit {{types_max}})
    ) as types
from active
