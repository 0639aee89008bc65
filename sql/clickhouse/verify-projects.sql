-- Projects of which anything was stored or rejected in a span of receipt.
-- from, to: times of receipt; from is included, to is not.
-- One row for each project.
select project
from events
where received_at >= fromUnixTimestamp64Milli({from:Int64}) and received_at < fromUnixTimestamp64Milli({to:Int64})
group by project
union distinct
select project
from rejected_events
where received_at >= fromUnixTimestamp64Milli({from:Int64}) and received_at < fromUnixTimestamp64Milli({to:Int64})
group by project
