-- Results of a metric, in the order they were due. $1 metric, $2 from, $3 to (excluded), $4 rows at most, $5 after which to go on. One
-- row a run.
select
    scheduled_for as "scheduledFor",
    state,
    version,
    attempts,
    finished_at as "finishedAt",
    answer,
    reason
from metric_results
where metric = $1::text
    and scheduled_for >= $2::timestamptz
    and scheduled_for < $3::timestamptz
    and scheduled_for > $5::timestamptz
order by scheduled_for
limit $4::integer
