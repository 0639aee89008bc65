-- Every metric of every project, in its current version. $1 rows at most. One row a metric, in the order they were made.
select
    custom_metrics.id,
    custom_metrics.project,
    custom_metrics.name,
    custom_metrics.unrollable,
    custom_metric_versions.definition
from custom_metrics
join custom_metric_versions
    on custom_metric_versions.metric = custom_metrics.id
    and custom_metric_versions.version = custom_metrics.version
where custom_metrics.deleted_at is null
order by custom_metrics.created_at, custom_metrics.id
limit $1::integer
