-- Event ids of a project that more than one stored row has. Only ids of one of several buckets, so that memory stays bounded.
-- project: whose. from, to: times of receipt; from is included, to is not. buckets, bucket: which ids. limit: at most this many.
-- One row for each id.
select event_id
from events
where project = {project:String}
    and received_at >= fromUnixTimestamp64Milli({from:Int64})
    and received_at < fromUnixTimestamp64Milli({to:Int64})
    and cityHash64(event_id) % {buckets:UInt64} = {bucket:UInt64}
group by event_id
having count() > 1
order by event_id
limit {limit:UInt64}
