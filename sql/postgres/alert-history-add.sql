-- Adds a change of state. $1 alert, $2 dimension value, $3 time, $4 state before, $5 state after, $6 value or null, $7 incident, $8 whether
-- silenced.
insert into alert_history (alert, dimension_value, at, from_status, to_status, value, incident, silenced)
values ($1::text, $2::text, $3::timestamptz, $4::text, $5::text, $6::double precision, $7::text, $8::boolean)
