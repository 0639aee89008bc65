-- Moves a metric to its next version and keeps it locked until the transaction ends. $1 project, $2 id, $3 name, $4 why it can
-- have no rollup, or null. One row with the new version, none when there is no such metric.
update custom_metrics
set version = version + 1, name = $3::text, unrollable = $4::text, updated_at = now()
where project = $1::text and id = $2::text and deleted_at is null
returning version
