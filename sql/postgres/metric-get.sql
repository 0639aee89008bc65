-- One metric in its current version, by its id or by its name. $1 project, $2 id or name. At most one row.
select
    custom_metrics.id,
    custom_metrics.name,
    custom_metrics.version,
    custom_metric_versions.definition,
    custom_metrics.unrollable,
    (
        select json_build_object('name', name, 'state', state, 'reason', reason)
        from metric_rollups
        where metric_rollups.metric = custom_metrics.id and metric_rollups.state <> 'dropping'
        order by state = 'ready' desc, created_at desc
        limit 1
    ) as rollup,
    custom_metrics.created_at as "createdAt",
    custom_metrics.updated_at as "updatedAt"
from custom_metrics
join custom_metric_versions
    on custom_metric_versions.metric = custom_metrics.id
    and custom_metric_versions.version = custom_metrics.version
where custom_metrics.project = $1::text
    and (custom_metrics.id = $2::text or custom_metrics.name = $2::text)
    and custom_metrics.deleted_at is null
order by custom_metrics.id = $2::text desc
limit 1
