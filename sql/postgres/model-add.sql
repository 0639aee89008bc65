-- Adds a predictive model. $1 id, $2 project, $3 kind, $4 name, $5 question as JSON, $6 cron pattern or null, $7 time zone, $8 when it is
-- due next or null, $9 id of the key.
insert into predictive_models (id, project, kind, name, question, cron, timezone, next_at, created_by)
values ($1::text, $2::text, $3::text, $4::text, $5::json, $6::text, $7::text, $8::timestamptz, $9::text)
