-- Adds a cohort. $1 id, $2 project, $3 name, $4 criteria as JSON, $5 id of the key it was made with.
insert into cohorts (id, project, name, criteria, created_by)
values ($1::text, $2::text, $3::text, $4::json, $5::text)
