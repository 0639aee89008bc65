-- Adds a rule that Weir comes with, once in the life of an instance, when its project is there. $1 name, $2 id, $3 project, $4 title, $5 rule
-- as JSON, $6 secret, $7 interval in milliseconds. One row when it was added.
with made as (
    insert into alert_defaults (name)
    select $1::text
    from projects
    where id = $3::text
    on conflict do nothing
    returning name
)
insert into alerts (id, project, name, rule, builtin, secret, interval_ms)
select $2::text, $3::text, $4::text, $5::json, made.name, $6::text, $7::integer
from made
returning id
