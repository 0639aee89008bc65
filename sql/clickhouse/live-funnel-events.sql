-- Events a live funnel begins with, as far as batches up to a number stored them.
-- Persons are told as src/event/live.ts tells them. project, from (epoch ms), seq: whose, from when on, up to which batch.
-- events: the types of the steps. max: rows; one more than the funnel follows.
-- One row an event, in no order.
{{people}}select
    murmurHash3_32(if(user_id != '', user_id, anonymous_id)) as own_low,
    xxHash32(if(user_id != '', user_id, anonymous_id)) as own_high,
    murmurHash3_32(person) as low,
    xxHash32(person) as high,
    event,
    toUnixTimestamp64Milli(timestamp) as ms
from {{events}}
where project = {{project}} and event in {{events_asked}}
    and timestamp >= fromUnixTimestamp64Milli({{from}}) and batch_seq <= {{seq}}
limit {{max}}
