-- The newest events of a type that were refused for breaking its rules, as they came.
-- project: whose. event: its name. since: time of receipt in ms. max: rows at most.
-- One row an event; raw is its JSON, cut at 64 kB.
select raw
from rejected_events
where project = {project:String}
    and event = {event:String}
    and code = 'schema_violation'
    and raw != ''
    and received_at >= fromUnixTimestamp64Milli({since:Int64})
order by received_at desc
limit {max:UInt32}
