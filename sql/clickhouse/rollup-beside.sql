-- Tables whose names begin with a text. Parameters: prefix. One row a table.
select name
from system.tables
where database = currentDatabase() and startsWith(name, {prefix:String})
