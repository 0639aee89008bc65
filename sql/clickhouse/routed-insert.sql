-- Copies a batch's events of some types into a route's table, those it does not hold yet: repeating it adds nothing.
-- table: the route's. project, events: whose and which types; ['*'] is every type. partition, seq: the batch. from, to: its
-- entries' first and last time of receipt in ms, both included. One row for each event.
insert into {table:Identifier}
(
    project, event, timestamp, event_id, user_id, anonymous_id, session_id, received_at, sent_at, batch_partition, batch_seq,
    content_hash, properties, context
)
select
    project, event, timestamp, event_id, user_id, anonymous_id, session_id, received_at, sent_at, batch_partition, batch_seq,
    content_hash, properties, context
from events
where project = {project:String}
    and (has({events:Array(String)}, '*') or event in {events:Array(String)})
    and batch_partition = {partition:UInt16}
    and batch_seq = {seq:UInt64}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at <= fromUnixTimestamp64Milli({to:Int64})
    and event_id not in
    (
        select event_id
        from {table:Identifier}
        where project = {project:String}
            and batch_partition = {partition:UInt16}
            and batch_seq = {seq:UInt64}
            and received_at >= fromUnixTimestamp64Milli({from:Int64})
            and received_at <= fromUnixTimestamp64Milli({to:Int64})
    )
