-- Keeps what the events of one batch say of the properties of their people.
-- projects: whose. partition, seq: the batch. from, to: its entries' first and last time of receipt, both included.
-- Of one event, what is set if absent comes first, what is unset last. Values are kept as JSON.
insert into user_property_changes (project, name, person_key, at, received_at, event_id, op, value)
select
    project,
    change.2 as name,
    person_key,
    timestamp,
    received_at,
    event_id,
    change.1 as op,
    change.3 as value
from events
array join arrayConcat(
    arrayMap(entry -> (0, entry.1, entry.2), JSONExtractKeysAndValuesRaw(toJSONString(properties.^`$set_once`))),
    arrayMap(entry -> (1, entry.1, entry.2), JSONExtractKeysAndValuesRaw(toJSONString(properties.^`$set`))),
    arrayMap(entry -> (2, ifNull(entry, ''), ''), ifNull(properties.`$unset`.:`Array(Nullable(String))`, []))
) as change
where project in {projects:Array(String)}
    and batch_partition = {partition:UInt16}
    and batch_seq = {seq:UInt64}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at <= fromUnixTimestamp64Milli({to:Int64})
