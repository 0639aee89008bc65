-- Sets or takes away the link of a dashboard. $1 project, $2 id, $3 SHA-256 of the link's token, or null. One row when there was one.
update dashboards
set share_hash = $3::text
where project = $1::text and id = $2::text
returning id
