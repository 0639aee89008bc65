-- Which of these event ids are stored, received in a span of time: what decides whether a suspect is a duplicate.
-- project, ids: whose and which; at most some thousand ids.
-- from, to: times of receipt, both included; the narrower, the fewer granules' bloom filters are asked.
-- before_seq: batches before this one.
-- One row for each stored event; an id has several when it was stored again after the window.
select
    event_id,
    toUInt32(bitAnd(content_hash, 4294967295)) as content_low,
    toUInt32(bitShiftRight(content_hash, 32)) as content_high,
    toUnixTimestamp64Milli(received_at) as received_ms
from events
where project = {project:String}
    and event_id in {ids:Array(String)}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at <= fromUnixTimestamp64Milli({to:Int64})
    and batch_seq < {before_seq:UInt64}
