-- Every database there is. One row a name.
select lower(name) as name
from system.databases
