-- Whether ids of a project were joined into one person.
-- project: whose. One row when they were, none otherwise.
select 1 as found
from identity_overrides
where project = {project:String}
limit 1
