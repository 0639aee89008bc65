-- Forgets a rollup whose table is gone. $1 id.
delete from metric_rollups
where id = $1::text and state = 'dropping'
