-- A numeric property of one event type by second, as far as batches up to a number stored it.
-- project, from (epoch ms), seq: whose, from when on, up to which batch. event: the type. value: the property's path.
-- One row a second.
select
    toUnixTimestamp(timestamp) as second,
    sum(number) as sum,
    count(number) as numbers
from (
    select timestamp, {{value}}.:`Float64` as number
    from events
    where project = {{project}} and event = {{event}}
        and timestamp >= fromUnixTimestamp64Milli({{from}}) and batch_seq <= {{seq}}
)
group by second
