-- A project's rejected events with their reasons, newest first.
-- project: whose. event, code: only these; empty for all. since, until: times of receipt; since is included, until is not.
-- before_ms, before_payload, before_index: only what comes after this place in the order; the end of time for the first page.
-- max: rows at most. with_text: 1 for only those whose text was kept.
-- One row for each rejected event.
select
    toUnixTimestamp64Milli(received_at) as received_ms,
    payload_id,
    event_index,
    event,
    event_id,
    code,
    path,
    message,
    raw,
    format
from rejected_events
where project = {project:String}
    and ({event:String} = '' or event = {event:String})
    and ({code:String} = '' or code = {code:String})
    and received_at >= fromUnixTimestamp64Milli({since:Int64})
    and received_at < fromUnixTimestamp64Milli({until:Int64})
    and (received_at, payload_id, event_index)
        < (fromUnixTimestamp64Milli({before_ms:Int64}), {before_payload:String}, {before_index:UInt32})
    and ({with_text:UInt8} = 0 or raw != '')
order by received_at desc, payload_id desc, event_index desc
limit {max:UInt32}
