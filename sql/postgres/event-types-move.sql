-- Makes a version the current one and switches the type on or off, unless it was changed meanwhile. $1 id, $2 version it was at,
-- $3 whether it was active, $4 its new version, $5 whether it shall be active. One row when it was as expected.
update event_types
set version = $4::integer, active = $5::boolean, updated_at = now()
where id = $1::text and version = $2::integer and active = $3::boolean
returning id
