-- Silences an alert until a time, or ends its silence. $1 project, $2 id, $3 time or null. One row when there was one.
update alerts
set silenced_until = $3::timestamptz
where project = $1::text and id = $2::text
returning id
