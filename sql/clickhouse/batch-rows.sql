-- What the table holds of one ingest batch: after a crash, or to make sure of an insert whose answer was lost.
-- partition, seq: the batch. from, to: its entries' first and last time of receipt, both included.
-- One row for each stored event of the batch.
select
    project,
    event_id,
    toUInt32(bitAnd(content_hash, 4294967295)) as content_low,
    toUInt32(bitShiftRight(content_hash, 32)) as content_high,
    toUnixTimestamp64Milli(received_at) as received_ms
from events
where batch_partition = {partition:UInt16}
    and batch_seq = {seq:UInt64}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at <= fromUnixTimestamp64Milli({to:Int64})
