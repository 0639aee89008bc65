-- How many rows some batches have in a table.
-- table: events or rejected_events. project: whose. partition: the project's. seqs: numbers of the batches.
-- from, to: times of receipt; from is included, to is not.
-- One row for each batch that has any.
select batch_seq as seq, count() as events
from {table:Identifier}
where project = {project:String}
    and batch_partition = {partition:UInt16}
    and batch_seq in {seqs:Array(UInt64)}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at < fromUnixTimestamp64Milli({to:Int64})
group by seq
