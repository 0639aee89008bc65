-- The links among the stored events of one batch, in the order in which they hold.
-- projects: whose events link. partition, seq: the batch. from, to: its entries' first and last time of receipt, both included.
-- One row a link. Keys are person_key of the ids in decimal digits. is_distinct: sent by a client of PostHog's form.
with
    coalesce(properties.previous_id.:String, toString(properties.previous_id.:Float64), '') as previous_id,
    if(event = '$alias', previous_id, if(user_id != '', anonymous_id, '')) as old_id
select
    project,
    event_id,
    event,
    toUnixTimestamp64Milli(timestamp) as timestamp_ms,
    toUnixTimestamp64Milli(received_at) as received_ms,
    toString(person_key) as own_key,
    if(user_id != '', user_id, anonymous_id) as name,
    user_id != '' as is_user,
    old_id,
    toString(cityHash64(false, old_id)) as anonymous_key,
    toString(cityHash64(true, old_id)) as user_key,
    isNotNull(properties.`$anon_distinct_id`) as is_distinct
from events
where project in {projects:Array(String)}
    and event in ('$identify', '$alias')
    and batch_partition = {partition:UInt16}
    and batch_seq = {seq:UInt64}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at <= fromUnixTimestamp64Milli({to:Int64})
    and old_id != ''
order by project, received_at, timestamp, event_id
