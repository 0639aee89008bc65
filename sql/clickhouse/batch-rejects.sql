-- Which rejected events of one ingest batch are kept already.
-- partition, seq: the batch. from, to: its entries' first and last time of receipt, both included.
-- One row for each rejected event of the batch.
select
    payload_id,
    event_index
from rejected_events
where batch_partition = {partition:UInt16}
    and batch_seq = {seq:UInt64}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at <= fromUnixTimestamp64Milli({to:Int64})
