-- Whether a table has rows. Parameters: table. One row.
select count() as found
from {table:Identifier}
