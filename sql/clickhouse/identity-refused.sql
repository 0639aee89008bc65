-- Links that were refused because they would have joined two users, newest first.
-- project: whose. before_ms, before_id: only what comes after this place in the order; the end of time for the first page.
-- max: rows at most.
-- One row a link.
select
    event_id,
    any(event) as event_name,
    toUnixTimestamp64Milli(received_at) as received_ms,
    toUnixTimestamp64Milli(any(timestamp)) as timestamp_ms,
    any(user_id) as claimant,
    any(old_id) as claimed,
    any(owner) as belongs_to
from identity_refused
where project = {project:String}
    and (received_at, event_id) < (fromUnixTimestamp64Milli({before_ms:Int64}), {before_id:String})
group by received_at, event_id
order by received_at desc, event_id desc
limit {max:UInt32}
