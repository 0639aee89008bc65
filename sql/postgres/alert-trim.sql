-- Forgets what is old. $1 days of history, $2 days of messages that are done, $3 days of samples.
with
    history as (
        delete from alert_history
        where at < now() - $1::integer * interval '1 day'
    ),
    messages as (
        delete from alert_deliveries
        where state <> 'waiting' and created_at < now() - $2::integer * interval '1 day'
    )
delete from signal_samples
where at < now() - $3::integer * interval '1 day'
