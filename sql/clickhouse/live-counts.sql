-- Events of the last hour by type and second, as far as batches up to a number stored them: where live counters begin.
-- project, from (epoch ms), seq: whose, from when on, up to which batch. types: event types told apart, the most frequent;
-- the rest is one type with an empty name.
-- One row an event type and second.
with frequent as (
    select event
    from events
    where project = {{project}} and timestamp >= fromUnixTimestamp64Milli({{from}}) and batch_seq <= {{seq}}
    group by event
    order by count() desc, event
    limit {{types}}
)
select
    if(events.event in frequent, events.event, '') as event,
    toUnixTimestamp(timestamp) as second,
    count() as events
from events
where project = {{project}} and timestamp >= fromUnixTimestamp64Milli({{from}}) and batch_seq <= {{seq}}
group by event, second
