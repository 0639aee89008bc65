-- Every table function there is. One row a name.
select lower(name) as name
from system.table_functions
