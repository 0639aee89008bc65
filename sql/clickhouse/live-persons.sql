-- The newest second of each id's events, and the person they belong to, as far as batches up to a number stored them.
-- Persons are told as src/event/live.ts tells them. project, from (epoch ms), seq: whose, from when on, up to which batch.
-- event: of one type; empty: of all. max: rows.
-- One row an id.
{{people}}select
    murmurHash3_32(if(user_id != '', user_id, anonymous_id)) as own_low,
    xxHash32(if(user_id != '', user_id, anonymous_id)) as own_high,
    any(murmurHash3_32(person)) as low,
    any(xxHash32(person)) as high,
    max(toUnixTimestamp(timestamp)) as second
from {{events}}
where project = {{project}} and timestamp >= fromUnixTimestamp64Milli({{from}}) and batch_seq <= {{seq}}
    and (empty({{event}}) or event = {{event}})
group by own_low, own_high
limit {{max}}
