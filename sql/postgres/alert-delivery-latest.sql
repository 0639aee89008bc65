-- The newest messages of an alert for webhooks. $1 alert, $2 rows at most. One row a message.
select
    id,
    url,
    state,
    attempts,
    error,
    created_at as "createdAt",
    finished_at as "finishedAt"
from alert_deliveries
where alert = $1::text and channel = 'webhook'
order by seq desc
limit $2::integer
