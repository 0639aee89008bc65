-- Models that are due to be trained, locked until the transaction ends; those another process has locked are its own. $1 rows at most.
-- One row a model, with the time it is now.
select id, cron, timezone, now() as now
from predictive_models
where next_at <= now()
order by next_at
limit $1::integer
for update skip locked
