-- What a question about a metric reads of the events, to be explained and not run. project; events: the types' names, none for
-- all; from_ms and to_ms: range of the time of events, whole days in epoch ms, half-open; dated: whether the
-- sort key's days say the same (src/mdl/print/days.ts). One row an event.
select 1
from events
where project = {project:String}
    and (empty({events:Array(String)}) or event in {events:Array(String)})
    and timestamp >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    and timestamp < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
    and ({dated:UInt8} = 0 or toDate(timestamp) >= toDate(fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')))
    and ({dated:UInt8} = 0 or toDate(timestamp) < toDate(fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')))
