-- What is stored of some days, to compare with an import's source. Asked through POST /v1/query.
-- Parameters: from_ms, to_ms (milliseconds since 1970, half-open), events (names of types).
-- {{sums}} is an array of the chosen properties as numbers. identity_digest is an order-free digest of who and when.
-- One row an event type and day (UTC).
select
    event,
    toString(toDate(timestamp)) as day,
    count() as stored,
    hex(groupBitXor(reinterpretAsUInt64(substring(MD5(concat(event_id, '\n', user_id, '\n', anonymous_id, '\n', toString(toUnixTimestamp64Milli(timestamp)))), 1, 8)))) as identity_digest,
    sumForEach({{sums}}) as sums
from events
where timestamp >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    and timestamp < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
    and event in {events:Array(String)}
group by event, day
order by event, day
