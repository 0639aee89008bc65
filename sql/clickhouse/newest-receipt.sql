-- When the newest stored event of a project was received.
-- Parameters: project; recent: 1 looks at the last hour only, which the index on received_at makes cheap, 0 at everything.
-- One row: newest in epoch ms, null when nothing was found.
select maxOrNull(toUnixTimestamp64Milli(received_at)) as newest
from events
where project = {{project}}
    and (received_at >= now64(3) - interval 1 hour or {{recent}} = 0)
