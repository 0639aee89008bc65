-- How many rows of one batch were received when: which payloads they came in, to the millisecond.
-- table: events or rejected_events. project: whose. partition: the project's. seq: the batch's number.
-- One row for each millisecond of receipt.
select toUnixTimestamp64Milli(received_at) as received_ms, count() as events
from {table:Identifier}
where project = {project:String}
    and batch_partition = {partition:UInt16}
    and batch_seq = {seq:UInt64}
group by received_ms
