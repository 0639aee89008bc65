-- Adds an alert. $1 id, $2 project, $3 name, $4 rule as JSON, $5 secret of its webhooks, $6 interval in milliseconds, $7 key it is made with.
insert into alerts (id, project, name, rule, secret, interval_ms, created_by)
values ($1::text, $2::text, $3::text, $4::json, $5::text, $6::integer, $7::text)
