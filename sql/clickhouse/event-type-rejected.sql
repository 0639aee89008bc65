-- How often events of a type were refused lately, by reason.
-- project: whose. event: its name. since: time of receipt in ms.
-- One row a reason, the most frequent first.
select code, count() as count
from rejected_events
where project = {project:String}
    and event = {event:String}
    and received_at >= fromUnixTimestamp64Milli({since:Int64})
group by code
order by count desc, code
