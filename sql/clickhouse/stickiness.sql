-- How regularly people do something.
-- Slots: rows: event-rows.sql; bucket: number of the event's bucket.
-- One row a number of buckets: the people with an event in just so many.
select
    intervals,
    count() as users
from
(
    select unit, uniqExact({{bucket}}) as intervals
    from ({{rows}})
    group by unit
)
group by intervals
order by intervals
