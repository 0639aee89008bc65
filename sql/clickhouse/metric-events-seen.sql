-- How often each event type of a project was stored: ever, and since a time.
-- project: whose. since: event time in ms from which `recent` counts. max: event types at most.
-- One row an event type, the most frequent first.
select
    toString(event) as name,
    count() as total,
    countIf(timestamp >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')) as recent
from events
where project = {project:String}
group by event
order by total desc, name
limit {max:UInt32}
