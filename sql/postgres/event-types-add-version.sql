-- Adds a version. $1 event type, $2 version, $3 category, $4 description, $5 mode, $6 schema and $7 validators as JSON, $8 whether
-- it was forced, $9 id of the key it was made with.
insert into event_type_versions
    (event_type, version, category, description, mode, schema, validators, forced, created_by)
values ($1::text, $2::integer, $3::text, $4::text, $5::text, $6::json, $7::json, $8::boolean, $9::text)
