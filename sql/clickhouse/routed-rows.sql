-- A batch's events of some types, as they are told to others: a page of them, by id.
-- project, events: whose and which types; ['*'] is every type. partition, seq: the batch. from, to: its entries' first and last
-- time of receipt in ms, both included. after: the id before the page, '' at the start. max: rows. One row for each event.
select
    event,
    event_id,
    user_id,
    anonymous_id,
    session_id,
    formatDateTime(timestamp, '%Y-%m-%dT%H:%i:%S.') || leftPad(toString(toUnixTimestamp64Milli(timestamp) % 1000), 3, '0') || 'Z'
        as timestamp_text,
    formatDateTime(received_at, '%Y-%m-%dT%H:%i:%S.') || leftPad(toString(toUnixTimestamp64Milli(received_at) % 1000), 3, '0') || 'Z'
        as received_text,
    toJSONString(properties) as properties_json,
    toJSONString(context) as context_json
from events
where project = {project:String}
    and (has({events:Array(String)}, '*') or event in {events:Array(String)})
    and batch_partition = {partition:UInt16}
    and batch_seq = {seq:UInt64}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at <= fromUnixTimestamp64Milli({to:Int64})
    and event_id > {after:String}
order by event_id
limit {max:UInt32}
