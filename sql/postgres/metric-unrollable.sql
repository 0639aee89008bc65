-- Notes why a metric can have no rollup. $1 id, $2 why, or null when it can.
update custom_metrics
set unrollable = $2::text
where id = $1::text
