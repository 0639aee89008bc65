-- How many people the stored events of some types and times are from. Asked through POST /v1/query.
-- Parameters: from_ms, to_ms (milliseconds since 1970, half-open), events (names of types). One row.
select uniqExact(if(user_id != '', user_id, anonymous_id)) as users
from events
where timestamp >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    and timestamp < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
    and event in {events:Array(String)}
