-- Changes a dashboard's name and tiles. $1 project, $2 id, $3 name, $4 tiles as JSON. One row when there was one.
update dashboards
set name = $3::text, tiles = $4::json, updated_at = now()
where project = $1::text and id = $2::text
returning id
