-- Adds a version of a metric. $1 metric, $2 version, $3 text of the definition, $4 id of the key it was made with.
insert into custom_metric_versions (metric, version, definition, created_by)
values ($1::text, $2::integer, $3::text, $4::text)
