-- The applied migrations. One row a migration, oldest first.
select version, name, checksum, breaking
from weir_migrations
order by version
