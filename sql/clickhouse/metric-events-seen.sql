-- How often each event type of a project was stored: ever, and since a time. Counted in two scans: the first reads no times,
-- which are most of the bytes, and the second only the months since.
-- project: whose. since: event time in ms from which `recent` counts. max: event types at most.
-- One row an event type, the most frequent first.
select
    toString(event) as name,
    total,
    recent
from
(
    select event, count() as total
    from events
    where project = {project:String}
    group by event
) as seen
left join
(
    select event, count() as recent
    from events
    where project = {project:String} and timestamp >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
    group by event
) as lately using (event)
order by total desc, name
limit {max:UInt32}
