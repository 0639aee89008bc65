-- Says when a model is due next. $1 model, $2 when, or null.
update predictive_models
set next_at = $2::timestamptz
where id = $1::text
