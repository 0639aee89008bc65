-- How many events of one partition were received when, so that their fingerprints can be loaded in pieces of known size.
-- partition: whose. from: the oldest time of receipt of interest, included. span_ms: length of a span.
-- One row for each span of time with events, oldest first.
select
    intDiv(toUnixTimestamp64Milli(received_at), {span_ms:Int64}) * {span_ms:Int64} as from_ms,
    count() as events
from events
where batch_partition = {partition:UInt16}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
group by from_ms
order by from_ms
