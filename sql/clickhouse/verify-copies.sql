-- Every stored row of some event ids: which batch stored it, and when its payload was received.
-- project: whose. ids: the event ids. from, to: times of receipt; from is included, to is not.
-- One row for each stored row, an id's rows together, oldest receipt first.
select event_id, batch_partition, toString(batch_seq) as batch_seq, toUnixTimestamp64Milli(received_at) as received_ms
from events
where project = {project:String}
    and event_id in {ids:Array(String)}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at < fromUnixTimestamp64Milli({to:Int64})
order by event_id, received_at, batch_seq
