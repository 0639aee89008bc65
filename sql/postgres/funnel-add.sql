-- Adds a funnel in version 1. $1 id, $2 project, $3 name.
insert into funnels (id, project, name, version)
values ($1::text, $2::text, $3::text, 1)
