-- Metrics whose definition holds a text, in their current version. $1 project, $2 the text, $3 rows at most. One row a metric;
-- whether the text is the name of an event there is for the reader to see.
select custom_metrics.id, custom_metrics.name, custom_metric_versions.definition
from custom_metrics
join custom_metric_versions
    on custom_metric_versions.metric = custom_metrics.id
    and custom_metric_versions.version = custom_metrics.version
where custom_metrics.project = $1::text
    and custom_metrics.deleted_at is null
    and position($2::text in custom_metric_versions.definition) > 0
order by custom_metrics.name, custom_metrics.id
limit $3::integer
