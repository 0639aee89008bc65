-- Ends a training that still is the claim's. $1 model, $2 version, $3 claim, $4 done or failed, $5 the answer as JSON or null, $6 why there is
-- none. One row when it was.
update model_trainings
set state = $4::text, answer = $5::json, reason = $6::text, trained_at = now(), claim = null, deadline = null
where model = $1::text and version = $2::integer and claim = $3::text and state = 'running'
returning version
