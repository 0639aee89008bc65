-- Adds a cohort. $1 id, $2 project, $3 name, $4 criteria as JSON, $5 id of the key it was made with, $6 whether it is a fixed list.
insert into cohorts (id, project, name, criteria, created_by, fixed)
values ($1::text, $2::text, $3::text, $4::json, $5::text, $6::boolean)
