-- What units are called, by their keys. Slots: project; key: the unit's key, over columns of events; name: what it is called; keys;
-- from, until: epoch ms, half-open. One row a unit.
select
    toString({{key}}) as unit,
    any({{name}}) as name
from events
where project = {{project}}
    and timestamp >= fromUnixTimestamp64Milli({{from}}, 'UTC')
    and timestamp < fromUnixTimestamp64Milli({{until}}, 'UTC')
    and toString({{key}}) in {{keys}}
group by unit
