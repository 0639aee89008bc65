-- Adds a version of a funnel. $1 funnel, $2 version, $3 definition as JSON, $4 id of the key it was made with.
insert into funnel_versions (funnel, version, definition, created_by)
values ($1::text, $2::integer, $3::json, $4::text)
