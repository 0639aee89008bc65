-- Places in payloads whose rejected event is kept more than once.
-- project: whose. from, to: times of receipt; from is included, to is not. limit: at most this many.
-- One row for each place.
select payload_id, event_index, any(event_id) as event_id, count() as copies
from rejected_events
where project = {project:String}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at < fromUnixTimestamp64Milli({to:Int64})
group by payload_id, event_index
having copies > 1
order by payload_id, event_index
limit {limit:UInt64}
