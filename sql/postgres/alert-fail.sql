-- Keeps why an evaluation gave no answer; the states stay, and it is tried again soon. $1 id, $2 reason, $3 revision, $4 milliseconds until
-- then.
update alerts
set last_error = $2::text, next_at = least(next_at, now() + $4::integer * interval '1 millisecond')
where id = $1::text and revision = $3::integer
