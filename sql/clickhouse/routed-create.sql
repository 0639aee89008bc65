-- The table a route fills: columns, order, partitions and settings as the table of events. table: its name.
create table if not exists {table:Identifier} as events
