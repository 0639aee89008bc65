-- Forgets the oldest results of a metric. $1 metric, $2 results that stay.
delete from metric_results
where metric = $1::text
    and scheduled_for <= (
        select scheduled_for
        from metric_results
        where metric = $1::text
        order by scheduled_for desc
        offset $2::integer
        limit 1
    )
