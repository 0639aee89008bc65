-- A sample of the newest events of a type: read backwards along the sort key, so it costs the rows it gives. Inside a day the
-- order is that of hashed persons, which is as good as random.
-- project: whose. event: its name. max: rows at most.
-- One row an event: its properties as JSON.
select toJSONString(properties) as properties
from events
where project = {project:String} and event = {event:String}
order by project desc, event desc, toDate(timestamp) desc
limit {max:UInt32}
