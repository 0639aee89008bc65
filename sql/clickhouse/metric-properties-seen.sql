-- The paths of properties and context in a sample of the newest events of a type, with the types of their values. Read
-- backwards along the sort key, so it costs the rows of the sample.
-- project: whose. event: its name. max: rows of the sample.
-- One row a path and type: the column it is in, and in how many rows of the sample it is.
select
    entry.1 as root,
    entry.2 as path,
    entry.3 as type,
    count() as seen
from
(
    select
        JSONAllPathsWithTypes(properties) as in_properties,
        JSONAllPathsWithTypes(context) as in_context
    from events
    where project = {project:String} and event = {event:String}
    order by project desc, event desc, toDate(timestamp) desc
    limit {max:UInt32}
)
array join arrayConcat(
    arrayMap((path, type) -> ('properties', path, type), mapKeys(in_properties), mapValues(in_properties)),
    arrayMap((path, type) -> ('context', path, type), mapKeys(in_context), mapValues(in_context))
) as entry
group by root, path, type
order by root, path, type
