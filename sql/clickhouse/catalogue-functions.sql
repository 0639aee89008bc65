-- Functions that only compute: no access to tables, files, dictionaries, settings or the server, no sleeping.
-- {categories:Array(String)} the categories that hold nothing else; {names:Array(String)} further ones by name.
-- One row a name; aliases of a function that is allowed included.
with allowed as
(
    select name, is_aggregate
    from system.functions
    where alias_to = '' and (is_aggregate or categories in {categories:Array(String)} or name in {names:Array(String)})
)
select lower(functions.name) as name, allowed.is_aggregate as is_aggregate
from system.functions as functions
join allowed on allowed.name = if(functions.alias_to = '', functions.name, functions.alias_to)
