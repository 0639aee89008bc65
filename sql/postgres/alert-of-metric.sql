-- Alerts that watch a metric, by its id or its name. $1 project, $2 the metric's id, $3 its name, $4 rows at most. One row an alert.
select name
from alerts
where project = $1::text and rule ->> 'metric' in ($2::text, $3::text)
order by id
limit $4::integer
