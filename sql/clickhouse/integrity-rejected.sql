-- How many rejected events of a project are kept, by time of receipt, of batches that are acknowledged.
-- project: whose. from, to: times of receipt; from is included, to is not. partition: the project's.
-- acked_seq: the newest acknowledged batch; later ones may be half way in.
-- One row.
select count() as events
from rejected_events
where project = {project:String}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at < fromUnixTimestamp64Milli({to:Int64})
    and batch_partition = {partition:UInt16}
    and batch_seq <= {acked_seq:UInt64}
