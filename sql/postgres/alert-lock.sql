-- An alert's states, locked until the transaction ends. $1 id, $2 revision. One row, unless the rule was changed or deleted.
select
    states,
    silenced_until as "silencedUntil"
from alerts
where id = $1::text and revision = $2::integer
for update
