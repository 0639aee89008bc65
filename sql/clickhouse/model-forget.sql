-- Removes what old versions of a model foretold. Parameters: project, model, version: those before it.
delete from model_people
where project = {project:String} and model = {model:String} and version < {version:UInt64}
