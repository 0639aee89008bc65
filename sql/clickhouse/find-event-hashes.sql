-- Which events with these hashes of their ids are stored, received in a span of time: for very many suspects at once, where
-- asking every granule's bloom filter about every id would take longer than reading all ids of the span.
-- project: whose. hashes: base64 of 4 bytes an id, little-endian, the high words of src/event/hash.ts.
-- from, to: times of receipt, both included. before_seq: batches before this one.
-- One row for each stored event; now and then one with another id that shares its hash.
with
    base64Decode({hashes:String}) as packed,
    arrayMap(n -> reinterpretAsUInt32(substring(packed, n * 4 + 1, 4)), range(intDiv(length(packed), 4))) as wanted
select
    event_id,
    toUInt32(bitAnd(content_hash, 4294967295)) as content_low,
    toUInt32(bitShiftRight(content_hash, 32)) as content_high,
    toUnixTimestamp64Milli(received_at) as received_ms
from events
where project = {project:String}
    and bitXor(xxHash32(event_id), xxHash32(project)) in (select arrayJoin(wanted))
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at <= fromUnixTimestamp64Milli({to:Int64})
    and batch_seq < {before_seq:UInt64}
