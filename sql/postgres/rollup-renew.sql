-- Has a project's rollups made again: those that are there are dropped, and wanted anew. $1 project.
update metric_rollups
set state = 'dropping', updated_at = now()
where project = $1::text and state <> 'dropping'
