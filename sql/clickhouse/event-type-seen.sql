-- How often an event type was stored and when.
-- project: whose. event: its name. since: time of receipt in ms from which `recent` counts.
-- One row: total, recent; first_ms and last_ms are times of events, 0 when there are none.
select
    count() as total,
    countIf(received_at >= fromUnixTimestamp64Milli({since:Int64})) as recent,
    if(total = 0, 0, toUnixTimestamp64Milli(min(timestamp))) as first_ms,
    if(total = 0, 0, toUnixTimestamp64Milli(max(timestamp))) as last_ms
from events
where project = {project:String} and event = {event:String}
