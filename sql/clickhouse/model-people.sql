-- What a version of a model foretold, by rank. Parameters: project, model, version; after: the last rank before the page; people: how
-- many the version foretold of; limit. One row a person.
select rank, person, score, shown
from model_people final
where project = {project:String}
    and model = {model:String}
    and version = {version:UInt64}
    and rank > {after:UInt64}
    and rank <= {people:UInt64}
order by rank
limit {limit:UInt64}
