-- Messages for webhooks that are due, each given to one process for a time; of an alert and a URL only the oldest, so that they arrive in
-- order. $1 rows at most, $2 milliseconds after which another process may try. One row a message.
update alert_deliveries
set attempts = alert_deliveries.attempts + 1, next_at = now() + $2::integer * interval '1 millisecond'
from alerts
where
    alerts.id = alert_deliveries.alert
    and alert_deliveries.id in (
        select due.id
        from alert_deliveries as due
        where
            due.state = 'waiting'
            and due.next_at <= now()
            and not exists (
                select
                from alert_deliveries as earlier
                where
                    earlier.state = 'waiting'
                    and earlier.alert = due.alert
                    and earlier.url = due.url
                    and earlier.seq < due.seq
            )
        order by due.next_at
        limit $1::integer
        for update skip locked
    )
returning
    alert_deliveries.id,
    alert_deliveries.url,
    alert_deliveries.body,
    alert_deliveries.attempts,
    alerts.secret
