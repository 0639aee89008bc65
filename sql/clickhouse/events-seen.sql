-- The event types a project has sent, registered or not.
-- Slots: project; limit: event types at most.
-- One row an event type, the most frequent first. last_ms: epoch ms of its latest event.
select
    toString(event) as name,
    count() as seen,
    toUnixTimestamp64Milli(max(timestamp)) as last_ms
from events
where project = {{project}}
group by event
order by seen desc, name
limit {{limit}}
