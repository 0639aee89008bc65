-- Ends trainings whose process ended as often as may be. $1 attempts at most, $2 why.
update model_trainings
set state = 'failed', reason = $2::text, trained_at = now(), claim = null, deadline = null
where state = 'running' and deadline <= now() and attempts >= $1::integer
