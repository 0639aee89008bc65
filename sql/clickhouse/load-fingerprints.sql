-- The hashes of the event ids of one partition received in a span of time, packed.
-- The hash is that of src/event/hash.ts: its low word, then its high word, each little-endian.
-- partition: whose. from, to: times of receipt; from is included, to is not.
-- One row: base64 of 8 bytes an event, in no order.
select base64Encode(arrayStringConcat(groupArray(concat(
    reinterpretAsFixedString(bitXor(murmurHash3_32(event_id), murmurHash3_32(project))),
    reinterpretAsFixedString(bitXor(xxHash32(event_id), xxHash32(project)))
)))) as hashes
from events
where batch_partition = {partition:UInt16}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at < fromUnixTimestamp64Milli({to:Int64})
