-- Adds a metric in version 1. $1 id, $2 project, $3 name, $4 why it can have no rollup, or null.
insert into custom_metrics (id, project, name, version, unrollable)
values ($1::text, $2::text, $3::text, 1, $4::text)
