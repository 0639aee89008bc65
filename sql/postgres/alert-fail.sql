-- Keeps why an evaluation gave no answer; the states stay. $1 id, $2 reason, $3 revision.
update alerts
set last_error = $2::text
where id = $1::text and revision = $3::integer
