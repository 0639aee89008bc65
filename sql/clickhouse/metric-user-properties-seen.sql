-- What is known of a project's people, and as what.
-- project: whose. max: properties at most.
-- One row a property and JSON type of its values, and how often it was set.
select
    name,
    toString(JSONType(value)) as type,
    count() as seen
from user_property_changes
where project = {project:String} and op < 2
group by name, type
order by name, type
limit {max:UInt32}
